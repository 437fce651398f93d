//! The services that `ITApiFactory` gives; here those for secrets, value mappings and the directory of partners.

use std::any::Any;
use std::sync::Arc;

use ::groovy::{HostObject, Interpreter, R, Value, text, throw};
use base64::Engine;

use super::convert::{class_name, stream};
use super::keystore::Keystore;
use super::storage::{DataStores, NumberRanges};
use crate::{PartnerQuestion, SecretValue, Services};

/// `ITApiFactory.getService(class, null)`.
pub(super) fn service(services: &Arc<dyn Services>, class: &str) -> R {
    let services = Arc::clone(services);
    let kind = match class.rsplit('.').next().unwrap_or(class) {
        "SecureStoreService" => Kind::Secrets,
        "ValueMappingApi" | "ValueMappingService" => Kind::Values,
        "PartnerDirectoryService" => Kind::Partners,
        "KeystoreService" => return Ok(Value::object(Keystore(services))),
        "NumberRangeConfigurationService" | "NumberRangeService" => return Ok(Value::object(NumberRanges(services))),
        "DataStoreService" => return Ok(Value::object(DataStores(services))),
        _ => return refuse(class, "it is not part of the script API here"),
    };
    Ok(Value::object(Service { services, kind }))
}

fn refuse(class: &str, what: &str) -> R {
    Err(throw(
        "java.lang.UnsupportedOperationException",
        format!("the service {class} is not available to scripts: {what}"),
    ))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Secrets,
    Values,
    Partners,
}

struct Service {
    services: Arc<dyn Services>,
    kind: Kind,
}

impl Service {
    fn secret(&self, alias: &str) -> R {
        match self.services.secret(alias) {
            Some(SecretValue { user, password }) => {
                Ok(Value::object(Credential { alias: alias.to_owned(), user, password }))
            }
            None => Err(throw(
                "com.sap.it.api.securestore.exception.SecureStoreException",
                format!("the secret '{alias}' is not set"),
            )),
        }
    }

    fn partner(&self, question: PartnerQuestion) -> Option<String> {
        self.services.partner(&question)
    }
}

fn found(text: Option<String>) -> Value {
    text.map_or(Value::Null, Value::str)
}

impl HostObject for Service {
    fn class_name(&self) -> &str {
        match self.kind {
            Kind::Secrets => "com.sap.it.api.securestore.SecureStoreService",
            Kind::Values => "com.sap.it.api.mapping.ValueMappingApi",
            Kind::Partners => "com.sap.it.api.pd.PartnerDirectoryService",
        }
    }

    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let texts: Vec<String> = args.iter().map(text).collect();
        Ok(Some(match (self.kind, name, texts.as_slice()) {
            (Kind::Secrets, "getUserCredential", [alias]) => self.secret(alias)?,
            (Kind::Values, "getMappedValue", [a, b, c, d, e]) => found(self.services.map_value((a, b), c, (d, e))),
            (Kind::Partners, "getParameter", [parameter, partner, ..]) => {
                let question = PartnerQuestion::Parameter { partner: partner.clone(), name: parameter.clone() };
                let value = self.partner(question);
                match args.get(2).map(class_name) {
                    Some(class) if class.ends_with("BinaryData") => {
                        value.map_or(Value::Null, |v| Value::object(Binary(v)))
                    }
                    _ => found(value),
                }
            }
            (Kind::Partners, "getPartnerId", [agency, scheme, id]) => found(self.partner(PartnerQuestion::Partner {
                agency: agency.clone(),
                scheme: scheme.clone(),
                id: id.clone(),
            })),
            (Kind::Partners, "getAlternativePartnerId", [agency, scheme, partner]) => {
                found(self.partner(PartnerQuestion::OtherId {
                    agency: agency.clone(),
                    scheme: scheme.clone(),
                    partner: partner.clone(),
                }))
            }
            (Kind::Partners, "getPartnerIdOfAuthorizedUser", [user]) => {
                found(self.partner(PartnerQuestion::OfUser(user.clone())))
            }
            _ => return Ok(None),
        }))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `UserCredential`.
struct Credential {
    alias: String,
    user: String,
    password: String,
}

impl HostObject for Credential {
    fn class_name(&self) -> &str {
        "com.sap.it.api.securestore.UserCredential"
    }

    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, _args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match name {
            "getUsername" => Value::str(&self.user),
            "getPassword" => Value::array("char", self.password.chars().map(Value::Char).collect()),
            "getAlias" | "getName" => Value::str(&self.alias),
            "getKind" => Value::str("default"),
            "getCredentialProperties" => Value::map(Vec::new()),
            _ => return Ok(None),
        }))
    }

    /// Never the password.
    fn text(&self) -> String {
        format!("UserCredential {}", self.alias)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `BinaryData` of the directory of partners.
struct Binary(String);

impl HostObject for Binary {
    fn class_name(&self) -> &str {
        "com.sap.it.api.pd.BinaryData"
    }

    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, _args: &[Value]) -> R<Option<Value>> {
        // Binary parameters are kept in Base64; one that is not is text.
        let bytes = || {
            let decoded = base64::engine::general_purpose::STANDARD.decode(self.0.trim());
            decoded.unwrap_or_else(|_| self.0.clone().into_bytes())
        };
        Ok(Some(match name {
            "getData" => Value::bytes(bytes()),
            "getInputStream" => stream(it, "java.io.ByteArrayInputStream", bytes())?,
            "getContentType" => Value::str("application/octet-stream"),
            _ => return Ok(None),
        }))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

//! The world of a script: its binding, and the classes that are neither Groovy's nor Java's.

use std::rc::Rc;
use std::sync::Arc;

use ::groovy::{Interpreter, R, Value, throw};
use base::{Clock, Entropy};

use super::attachment::{self, Part};
use super::camel::{self, Absent, MappingContext, Output};
use super::convert::class_name;
use super::log::{LogFactory, Logger};
use super::message::Sheet;
use super::storage::{Bean, Config, Factory};
use super::{service, signing};
use crate::Services;
use crate::timer::Timer;

/// Classes that imports with a star find.
const CLASSES: &[(&str, &str)] = &[
    ("com.sap.gateway.ip.core.customdev.util", "Message AttachmentWrapper"),
    ("com.sap.it.api", "ITApiFactory ITApi"),
    ("com.sap.it.api.securestore", "SecureStoreService UserCredential"),
    ("com.sap.it.api.securestore.exception", "SecureStoreException"),
    ("com.sap.it.api.mapping", "ValueMappingApi MappingContext Output"),
    ("com.sap.it.api.msglog", "MessageLog MessageLogFactory"),
    ("com.sap.it.api.pd", "PartnerDirectoryService BinaryData"),
    ("com.sap.it.api.keystore", "KeystoreService"),
    ("com.sap.it.api.keystore.exception", "KeystoreException"),
    ("com.sap.it.api.nrc", "NumberRangeConfigurationService"),
    ("com.sap.it.api.nrc.exception", "NumberRangeConfigException"),
    ("com.sap.it.api.asdk.datastore", "DataStoreService DataBean DataConfig"),
    ("com.sap.it.api.asdk.exception", "DataStoreException"),
    ("java.security", "Signature KeyFactory Key PrivateKey PublicKey KeyPair KeyStore SignatureException"),
    ("java.security.cert", "Certificate X509Certificate CertificateFactory CertificateExpiredException"),
    ("java.security.spec", "PKCS8EncodedKeySpec X509EncodedKeySpec InvalidKeySpecException"),
    ("com.sap.it.api.asdk.runtime", "Factory"),
    ("org.slf4j", "Logger LoggerFactory"),
    ("org.apache.camel", "Exchange CamelContext"),
    ("org.apache.camel.impl", "DefaultAttachment"),
    ("javax.activation", "DataHandler DataSource"),
    ("javax.mail.util", "ByteArrayDataSource"),
];

/// What one call offers.
pub(crate) struct World {
    sheet: Rc<Sheet>,
    services: Arc<dyn Services>,
    timer: Rc<Timer>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl World {
    pub(crate) fn new(sheet: Rc<Sheet>, services: Arc<dyn Services>, timer: Rc<Timer>) -> World {
        let (clock, entropy) = (services.clock(), services.entropy());
        World { sheet, services, timer, clock, entropy }
    }
}

impl ::groovy::Host for World {
    fn now_millis(&self) -> i64 {
        self.clock.now().0
    }

    fn random(&self, bytes: &mut [u8]) {
        self.entropy.fill(bytes);
    }

    fn interrupted(&self) -> Option<String> {
        self.timer.is_over().then(|| "the time is over".to_owned())
    }

    fn print(&self, text: &str) {
        tracing::debug!(target: "script", "{}", text.trim_end());
    }

    fn binding(&self, name: &str) -> Option<Value> {
        (name == "messageLogFactory").then(|| Value::object(LogFactory(Rc::clone(&self.sheet))))
    }

    fn has_class(&self, class: &str) -> bool {
        let (package, name) = class.rsplit_once('.').unwrap_or(("", class));
        let known = |(p, names): &(&str, &str)| *p == package && names.split(' ').any(|n| n == name);
        CLASSES.iter().any(known) || camel::is_absent(class) && name.starts_with(|c: char| c.is_uppercase())
    }

    fn construct(&self, it: &mut Interpreter<'_>, class: &str, args: &[Value]) -> R<Option<Value>> {
        if let Some(class) = attachment::CLASSES.iter().find(|c| **c == class) {
            return Part::construct(it, class, args).map(Some);
        }
        Ok(Some(match class {
            "com.sap.it.api.mapping.MappingContext" => Value::object(MappingContext(Rc::clone(&self.sheet))),
            "com.sap.it.api.mapping.Output" => Value::object(Output::default()),
            "com.sap.it.api.asdk.datastore.DataBean" => Value::object(Bean::default()),
            "com.sap.it.api.asdk.datastore.DataConfig" => Value::object(Config::default()),
            "com.sap.it.api.asdk.runtime.Factory" if let [wanted] = args => {
                Value::object(Factory(Arc::clone(&self.services), class_name(wanted)))
            }
            _ if class.starts_with("java.security.spec.") => return signing::construct(it, class, args),
            _ if camel::is_absent(class) => Absent::value(class),
            _ if is_foreign(class) => return Err(unknown(class)),
            _ => return Ok(None),
        }))
    }

    fn call_static(&self, it: &mut Interpreter<'_>, class: &str, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (class, name, args) {
            ("com.sap.it.api.ITApiFactory", "getApi" | "getService", [wanted, ..]) => {
                service::service(&self.services, &class_name(wanted))?
            }
            ("java.security.Signature" | "java.security.KeyFactory" | "java.security.cert.CertificateFactory", ..) => {
                return signing::call_static(it, class, name, args);
            }
            (
                "org.slf4j.LoggerFactory"
                | "java.util.logging.Logger"
                | "org.apache.commons.logging.LogFactory"
                | "org.apache.log4j.Logger",
                "getLogger" | "getLog",
                _,
            ) => Value::object(Logger),
            _ if camel::is_absent(class) && !matches!(name, "getName" | "getCanonicalName" | "getSimpleName") => {
                Absent::value(class)
            }
            _ => return Ok(None),
        }))
    }

    fn get_static(&self, _it: &mut Interpreter<'_>, class: &str, name: &str) -> R<Option<Value>> {
        if class == "org.apache.camel.Exchange" {
            return Ok(camel::constant(name).map(Value::str));
        }
        Ok((camel::is_absent(class) && name != "class").then(|| Absent::value(class)))
    }
}

/// Whether a class belongs to others than Java and Groovy.
fn is_foreign(class: &str) -> bool {
    ["com.sap.", "org.apache.camel."].iter().any(|p| class.starts_with(p)) && !class.ends_with("Exception")
}

fn unknown(class: &str) -> ::groovy::Thrown {
    let text = format!(
        "the class {class} is not part of the script API here; write this part with the message, steps or Groovy's own library"
    );
    throw("java.lang.UnsupportedOperationException", text)
}

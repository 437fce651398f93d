//! The names that expressions of a stylesheet can use besides those of XPath.

use std::collections::{HashMap, HashSet};

use expr::xpath::host::{HostFunction, HostNames, expanded};

/// Functions that XSLT adds; the numbers of a stylesheet's own functions begin behind them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Builtin {
    Current,
    CurrentGroup,
    CurrentGroupingKey,
    RegexGroup,
    Key,
    GenerateId,
    SystemProperty,
    FormatNumber,
    FunctionAvailable,
    ElementAvailable,
    NodeSet,
    ParseXml,
    ParseXmlFragment,
    Serialize,
    SetHeader,
    SetProperty,
    GetHeader,
    GetProperty,
    NoUri,
    Nothing,
    False,
    Trace,
    NamespaceUriForPrefix,
    InScopePrefixes,
    Last,
}

pub(crate) const FN: &str = "http://www.w3.org/2005/xpath-functions";
/// Where SAP's functions on the message live; both spellings occur.
const SAP: [&str; 2] = ["http://sap.com/it/", "http://sap.com/it"];
const NODE_SET: [&str; 3] =
    ["http://exslt.org/common", "urn:schemas-microsoft-com:xslt", "http://xml.apache.org/xalan"];
const SAXON: &str = "http://saxon.sf.net/";

/// Name, number of arguments from and to, function.
const TABLE: &[(&str, usize, usize, Builtin)] = &[
    ("current", 0, 0, Builtin::Current),
    ("current-group", 0, 0, Builtin::CurrentGroup),
    ("current-grouping-key", 0, 0, Builtin::CurrentGroupingKey),
    ("regex-group", 1, 1, Builtin::RegexGroup),
    ("key", 2, 3, Builtin::Key),
    ("generate-id", 0, 1, Builtin::GenerateId),
    ("system-property", 1, 1, Builtin::SystemProperty),
    ("format-number", 2, 3, Builtin::FormatNumber),
    ("function-available", 1, 2, Builtin::FunctionAvailable),
    ("element-available", 1, 1, Builtin::ElementAvailable),
    ("type-available", 1, 1, Builtin::False),
    ("parse-xml", 1, 1, Builtin::ParseXml),
    ("parse-xml-fragment", 1, 1, Builtin::ParseXmlFragment),
    ("serialize", 1, 2, Builtin::Serialize),
    ("base-uri", 0, 1, Builtin::Nothing),
    ("document-uri", 0, 1, Builtin::Nothing),
    ("static-base-uri", 0, 0, Builtin::Nothing),
    ("unparsed-entity-uri", 1, 2, Builtin::NoUri),
    ("unparsed-entity-public-id", 1, 2, Builtin::NoUri),
    ("nilled", 0, 1, Builtin::False),
    ("doc-available", 1, 1, Builtin::False),
    ("unparsed-text-available", 1, 2, Builtin::False),
    ("trace", 1, 2, Builtin::Trace),
    ("namespace-uri-for-prefix", 2, 2, Builtin::NamespaceUriForPrefix),
    ("in-scope-prefixes", 1, 1, Builtin::InScopePrefixes),
];

/// Functions that would read something from outside.
const OUTSIDE: [&str; 9] = [
    "document",
    "doc",
    "collection",
    "uri-collection",
    "unparsed-text",
    "unparsed-text-lines",
    "environment-variable",
    "available-environment-variables",
    "transform",
];

#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) globals: HashMap<String, usize>,
    /// By name and number of parameters.
    pub(crate) functions: HashMap<(String, usize), usize>,
    pub(crate) function_names: HashSet<String>,
}

pub(crate) const OWN: usize = Builtin::Last as usize;

impl HostNames for Names {
    fn variable(&self, uri: &str, local: &str) -> Option<usize> {
        self.globals.get(&expanded(uri, local)).copied()
    }

    fn function(&self, uri: &str, local: &str, count: usize) -> Result<Option<HostFunction>, String> {
        let builtin = |b: Builtin| Ok(Some(HostFunction { number: b as usize, positional: false }));
        if uri == FN {
            if OUTSIDE.contains(&local) {
                return Err(format!("{local}() is not supported: a stylesheet reads nothing but its message"));
            }
            let Some((_, min, max, found)) = TABLE.iter().find(|(name, ..)| *name == local) else { return Ok(None) };
            if !(*min..=*max).contains(&count) {
                return Err(format!("`{local}()` takes {min} to {max} arguments, not {count}"));
            }
            return builtin(*found);
        }
        if let Some(number) = self.functions.get(&(expanded(uri, local), count)) {
            return Ok(Some(HostFunction { number: OWN + number, positional: false }));
        }
        if self.function_names.contains(&expanded(uri, local)) {
            return Err(format!("the function `{local}()` does not take {count} arguments"));
        }
        match (local, count) {
            ("setHeader", 3) if SAP.contains(&uri) => builtin(Builtin::SetHeader),
            ("setProperty", 3) if SAP.contains(&uri) => builtin(Builtin::SetProperty),
            ("getHeader", 2) if SAP.contains(&uri) => builtin(Builtin::GetHeader),
            ("getProperty", 2) if SAP.contains(&uri) => builtin(Builtin::GetProperty),
            ("node-set" | "nodeset", 1) if NODE_SET.contains(&uri) => builtin(Builtin::NodeSet),
            ("parse", 1) if uri == SAXON => builtin(Builtin::ParseXml),
            ("serialize", 1 | 2) if uri == SAXON => builtin(Builtin::Serialize),
            _ => Ok(None),
        }
    }
}

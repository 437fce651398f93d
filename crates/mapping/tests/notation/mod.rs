//! Mappings in the short notation of the cases, written as `.mmap` files.

use std::fmt::Write as _;

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// A file of these fields; its target schema is `target.xsd` or `target.json`.
pub fn mmap(map: &str, json: bool, from_json: bool) -> String {
    let (mut fields, mut spaces) = (String::new(), String::new());
    for line in map.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
        if let Some(rest) = line.strip_prefix("ns ") {
            let (prefix, name) = rest.split_once(' ').expect("prefix and name");
            let _ = write!(spaces, "<property name=\"{name}\">{prefix}</property>");
        } else if let Some(path) = line.strip_prefix("off ") {
            let _ = writeln!(
                fields,
                "<brick path=\"{path}\" type=\"Dst\"><properties><property name=\"switchedOff\">true</property>\
                 </properties><group/></brick>"
            );
        } else {
            let (path, expression) = line.split_once(" = ").unwrap_or_else(|| panic!("no field: {line}"));
            let mut reader = Reader { text: expression.trim() };
            let arg = reader.arg("");
            assert!(reader.text.is_empty(), "{line}: `{}` is left", reader.text);
            let _ = writeln!(fields, "<brick path=\"{path}\" type=\"Dst\">{arg}<group/></brick>");
        }
    }
    let link = |role: &str, kind: &str, file: &str, root: &str| {
        format!(
            "<lnkRole kpos=\"1\" role=\"{role}\"><lnk rMode=\"R\"><key typeID=\"{kind}\" version=\"1.1\"><elem>{file}</elem>\
             <elem>src/main/resources/{kind}</elem><elem>{root}</elem></key></lnk></lnkRole>"
        )
    };
    let target = if json {
        link("TARGET_IFR_MESS", "json", "target.json", "/t__$delim$__POST__$delim$__Request")
    } else {
        link("TARGET_IFR_MESS", "xsd", "target.xsd", "T")
    };
    let source = if from_json { link("SOURCE_IFR_MESS", "json", "source.json", "") } else { String::new() };
    let library = "<lnkRole kpos=\"1\" role=\"UsedFuncLib\"><lnk rMode=\"R\"><key typeID=\"gsh\" version=\"1.1\">\
                   <elem>t.groovy</elem><elem>src/main/resources/script</elem></key></lnk></lnkRole>";
    format!(
        "<xiObj xmlns=\"urn:sap-com:xi\"><generic><lnks>{target}{source}{library}</lnks></generic><content>\
         <tr:XiTrafo xmlns:tr=\"urn:sap-com:xi:mapping:xitrafo\"><tr:MetaData><mappingtool version=\"XI7.1\">\
         <project version=\"XI7.1\"><transformation>\n{fields}<namespaces><properties>{spaces}</properties></namespaces>\
         </transformation></project></mappingtool></tr:MetaData></tr:XiTrafo></content></xiObj>"
    )
}

/// Reads expressions.
struct Reader<'t> {
    text: &'t str,
}

impl Reader<'_> {
    fn eat(&mut self, start: &str) -> bool {
        let rest = self.text.trim_start();
        match rest.strip_prefix(start) {
            Some(rest) => {
                self.text = rest;
                true
            }
            None => false,
        }
    }

    fn until(&mut self, ends: &[char]) -> String {
        self.text = self.text.trim_start();
        let end = self.text.find(ends).unwrap_or(self.text.len());
        let (found, rest) = self.text.split_at(end);
        self.text = rest;
        found.to_owned()
    }

    fn arg(&mut self, pin: &str) -> String {
        if self.eat("'") {
            let text = self.until_quote();
            return format!(
                "<arg{pin}><brick fname=\"const\" fns=\"dflt\" type=\"Func\"><bindings><param name=\"value\"><value>{}</value>\
                 </param></bindings></brick></arg>",
                escape(&text)
            );
        }
        let as_xml = self.eat("xml ");
        if self.text.trim_start().starts_with('/') {
            let whole = self.until(&[',', ')', ';']);
            let (path, context) = match whole.split_once(" in ") {
                Some((path, context)) => (path, format!(" context=\"{}\"", context.trim())),
                None => (whole.trim(), String::new()),
            };
            let xml = if as_xml { " asXml=\"x\"" } else { "" };
            return format!("<arg{pin}><brick path=\"{path}\" type=\"Src\"{context}{xml}/></arg>");
        }
        let name = self.until(&['(']);
        assert!(self.eat("("), "a function: {}", self.text);
        let (library, name) = name.split_once('.').unwrap_or(("dflt", &name));
        let (name, from) = match name.split_once('[') {
            Some((name, from)) => (name, format!(" from=\"{}\"", from.trim_end_matches(']'))),
            None => (name, String::new()),
        };
        let (mut inside, mut bindings, mut count) = (String::new(), String::new(), 0);
        while !self.eat(")") {
            if self.eat(";") {
                let key = self.until(&['=']);
                self.eat("=");
                let value = if self.text.starts_with('\'') {
                    self.eat("'");
                    self.until_quote()
                } else {
                    let end = self.text.find([';', ')']).expect("the end of a property");
                    let (value, rest) = self.text.split_at(end);
                    self.text = rest;
                    value.to_owned()
                };
                let value = match key.as_str() {
                    "table" => {
                        let row = |row: &str| {
                            let (from, to) = row.split_once('>').expect("a row");
                            format!("<property name=\"{}\">{}</property>", escape(from), escape(to))
                        };
                        format!("<properties>{}</properties>", value.split('|').map(row).collect::<String>())
                    }
                    "comparator" => format!("<sort_comp type=\"{value}\"/>"),
                    "order" => format!("<sort_order asc=\"{}\"/>", value == "asc"),
                    "calend" => format!("<calend_props><fd>1</fd><md>1</md><le>{value}</le></calend_props>"),
                    _ => escape(&value),
                };
                let _ = write!(bindings, "<param name=\"{key}\"><value>{value}</value></param>");
            } else {
                let pin = if count == 0 { String::new() } else { format!(" pin=\"{count}\"") };
                inside.push_str(&self.arg(&pin));
                count += 1;
                self.eat(",");
            }
        }
        format!(
            "<arg{pin}{from}><brick fname=\"{name}\" fns=\"{library}\" type=\"Func\">{inside}<bindings>{bindings}</bindings>\
             </brick></arg>"
        )
    }

    fn until_quote(&mut self) -> String {
        let end = self.text.find('\'').expect("the end of a text");
        let (text, rest) = self.text.split_at(end);
        self.text = &rest[1..];
        text.to_owned()
    }
}

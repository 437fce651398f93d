//! Steps that change the message: content modifier, script, filter, converters.

use std::sync::Arc;

use super::ctx::Ctx;
use super::view::View;
use crate::companions::companions;
use crate::problems::did_you_mean;
use crate::yaml::Node;
use crate::{
    BadCharacters, CleanXml, Coding, Conversion, CsvFormat, Filter, FilterBy, Language, Modify, ModifyRow, RowAction,
    Script, ScriptCall, StepKind, Target,
};

impl Ctx<'_> {
    /// Steps that hold no other steps and name no process or receiver.
    pub(super) fn plain(&mut self, key: &str, content: Option<&Node>, view: &View<'_>) -> Option<StepKind> {
        match key {
            "set" => self.modify(view, content).map(StepKind::Modify),
            "script" => self.script(view).map(StepKind::Script),
            "xslt" => self.xslt(view).map(StepKind::Transform),
            "filter" => self.filter(view).map(StepKind::Filter),
            "store-write" => self.store_write(view),
            "store-get" => self.store_get(view),
            "store-delete" => self.store_delete(view),
            "write-variables" => self.write_variables(content?, view),
            "end" => self.end(content, view),
            "validate" => self.validate(view),
            "digest" => self.digest(view),
            "persist" => Some(StepKind::Persist(content?.text()?.to_owned())),
            _ => self.convert(key, content, view).map(StepKind::Convert),
        }
    }

    fn modify(&mut self, view: &View<'_>, content: Option<&Node>) -> Option<Modify> {
        let mut modify = Modify::default();
        // In the order of the file: rows run from top to bottom.
        for entry in content?.entries() {
            let header = matches!(entry.key.as_str(), "header" | "headers" | "delete-headers");
            let target =
                |name: &str| if header { Target::Header(name.to_owned()) } else { Target::Property(name.to_owned()) };
            match entry.key.as_str() {
                "header" | "headers" | "property" | "properties" => {
                    for row in entry.value.entries() {
                        if let Some(value) = self.value(&row.value) {
                            modify.rows.push(ModifyRow { target: target(&row.key), action: RowAction::Create(value) });
                        }
                    }
                }
                "delete-headers" | "delete-properties" => {
                    let keep = if header { view.texts("keep-headers") } else { Vec::new() };
                    for name in entry.value.items().iter().filter_map(Node::text) {
                        let action =
                            if keep.is_empty() { RowAction::Delete } else { RowAction::DeleteExcept(keep.clone()) };
                        modify.rows.push(ModifyRow { target: target(name), action });
                    }
                }
                _ => {}
            }
        }
        if let Some(body) = view.get("body") {
            modify.body = self.value(body);
        }
        Some(modify)
    }

    fn script(&mut self, view: &View<'_>) -> Option<ScriptCall> {
        let function = view.text("function");
        if let Some(node) = view.get("function") {
            let good = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
            if function.is_empty() || !function.chars().all(good) || function.starts_with(|c: char| c.is_numeric()) {
                self.problems.error(
                    "F0104",
                    format!("`{function}` is not a function name"),
                    node.range.clone(),
                    "not a function name",
                    None,
                );
            }
        }
        for (key, ending, language) in
            [("javascript", "js", Language::JavaScript), ("groovy", "groovy", Language::Groovy)]
        {
            if let Some(code) = view.get(key) {
                self.inline += 1;
                let path = format!("inline-{}.{ending}", self.inline);
                let source = code.text()?.to_owned();
                return Some(ScriptCall { script: self.add_script(path, language, source), function });
            }
        }
        let node = view.get("file")?;
        let path = self.script_file(node)?;
        Some(ScriptCall { script: path, function })
    }

    /// Finds a script by its path in the package, beside the flow, or in `scripts/`.
    fn script_file(&mut self, node: &Node) -> Option<String> {
        let written = node.text()?;
        let plain = written.trim_start_matches("./");
        let language = match plain.rsplit('.').next() {
            Some("js") => Language::JavaScript,
            Some("groovy" | "gsh") => Language::Groovy,
            _ => {
                self.problems.error(
                    "F0203",
                    format!("the language of `{written}` is not known"),
                    node.range.clone(),
                    "unknown ending",
                    "scripts end in .js, .groovy or .gsh",
                );
                return None;
            }
        };
        let places = [plain.to_owned(), format!("{}{plain}", self.folder), format!("scripts/{plain}")];
        let found = places.into_iter().find_map(|p| self.files.get(&p).map(|source| (p, source)));
        let Some((path, source)) = found else {
            let scripts = || {
                self.files
                    .keys()
                    .map(String::as_str)
                    .filter(|f| f.ends_with(".js") || f.ends_with(".groovy") || f.ends_with(".gsh"))
            };
            let help = did_you_mean(plain, scripts().take(200))
                .or_else(|| did_you_mean(plain, scripts().take(200).map(|f| f.rsplit('/').next().unwrap_or(f))))
                .unwrap_or_else(|| "paths are relative to the package; `scripts/` may be left out".to_owned());
            self.problems.error(
                "F0203",
                format!("there is no script `{written}` in the package"),
                node.range.clone(),
                "not found",
                help.as_str(),
            );
            return None;
        };
        Some(self.add_script(path, language, source.clone()))
    }

    /// Keeps a script with the scripts that it uses; gives its path.
    fn add_script(&mut self, path: String, language: Language, source: String) -> String {
        if !self.scripts.contains_key(&path) {
            let others = || self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()));
            let companions = match language {
                Language::Groovy => companions(&path, &source, others()),
                Language::JavaScript | Language::MessageMapping => Arc::default(),
            };
            let script = Script { path: path.clone(), language, source, companions };
            self.scripts.insert(path.clone(), Arc::new(script));
        }
        path
    }

    fn filter(&mut self, view: &View<'_>) -> Option<Filter> {
        let by = match view.get("xpath") {
            Some(node) => FilterBy::XPath(self.xpath(node)?),
            None => FilterBy::JsonPath(self.json_path(view.get("jsonpath")?)?),
        };
        Some(Filter { by })
    }

    fn convert(&mut self, key: &str, content: Option<&Node>, view: &View<'_>) -> Option<Conversion> {
        match key {
            "xml-to-json" => Some(Conversion::XmlToJson {
                keep_root: view.bool("keep-root"),
                arrays: view.texts("arrays"),
                names: self.json_names(view),
            }),
            "json-to-xml" => {
                let root = view.get("root");
                if let Some(node) = root {
                    self.element_name(node);
                }
                let names = self.json_names(view);
                let root = root.and_then(Node::text).map(str::to_owned);
                Some(Conversion::JsonToXml { root, always: false, names, strict: false })
            }
            "mime" => self.mime(view),
            "csv-to-xml" => self.csv(content, view).map(Conversion::CsvToXml),
            "xml-to-csv" => self.csv(content, view).map(Conversion::XmlToCsv),
            "clean-xml" => Some(Conversion::CleanXml(CleanXml {
                declaration: view.bool("declaration"),
                dtd: view.bool("dtd"),
                external_dtd: false,
                characters: match view.text("characters").as_str() {
                    "remove" => BadCharacters::Remove,
                    "refuse" => BadCharacters::Refuse,
                    _ => BadCharacters::Keep,
                },
            })),
            _ => {
                let coding = match content?.text()? {
                    "encode" | "compress" | "wrap" => Coding::Encode,
                    "decode" | "decompress" | "unwrap" => Coding::Decode,
                    _ => return None,
                };
                Some(match (key, coding) {
                    ("zip", coding) => Conversion::Zip(coding),
                    ("gzip", coding) => Conversion::Gzip(coding),
                    ("soap", coding) => Conversion::Soap(coding),
                    (_, Coding::Encode) => Conversion::Base64Encode,
                    (_, Coding::Decode) => Conversion::Base64Decode,
                })
            }
        }
    }

    fn csv(&mut self, content: Option<&Node>, view: &View<'_>) -> Option<CsvFormat> {
        let separator = match view.get("separator") {
            None => ',',
            Some(node) => match node.text()? {
                "tab" | "\\t" | "\t" => '\t',
                text => {
                    let mut chars = text.chars();
                    match (chars.next(), chars.next()) {
                        (Some(c), None) if c.is_ascii() && !matches!(c, '"' | '\n' | '\r') => c,
                        _ => {
                            self.problems.error(
                                "F0104",
                                "a separator is one ASCII character",
                                node.range.clone(),
                                "not one character",
                                "write for example `;`, or `tab`",
                            );
                            return None;
                        }
                    }
                }
            },
        };
        for key in ["root", "record"] {
            if let Some(node) = view.get(key).filter(|n| key == "record" || !n.text().is_some_and(|t| t.contains('/')))
            {
                self.element_name(node);
            }
        }
        let (columns, skip_first) = (view.texts("columns"), view.bool("skip-first"));
        let header = view.bool("header") && !skip_first;
        if !header && columns.is_empty() {
            let at = content.map_or(0..0, |c| c.entries().first().map_or(c.range.clone(), |e| e.range.clone()));
            self.problems.error(
                "F0103",
                "CSV without a header line needs `columns`",
                at,
                "`columns` is missing",
                "write `columns: [id, name, ...]`",
            );
        }
        let (root, record) = (view.text("root"), view.text("record"));
        Some(CsvFormat { separator, header, skip_first, columns, lenient: false, marker: None, root, record })
    }
}

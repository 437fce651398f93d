//! The step `xslt`: finds its stylesheet and compiles it.

use std::sync::Arc;

use super::ctx::Ctx;
use super::view::View;
use crate::problems::did_you_mean;
use crate::transform::{MappingByHeader, Transform, is_stylesheet, mapping};

impl Ctx<'_> {
    pub(super) fn xslt(&mut self, view: &View<'_>) -> Option<Transform> {
        if view.get("header").is_some() {
            let all = MappingByHeader::of(view.text("header"), self.files);
            return Some(Transform::Header(Arc::new(all)));
        }
        let node = view.get("file")?;
        let written = node.text()?;
        let plain = written.trim_start_matches("./");
        let places = [plain.to_owned(), format!("{}{plain}", self.folder), format!("mapping/{plain}")];
        let Some(path) = places.into_iter().find(|p| self.files.contains_key(p)) else {
            let sheets = || self.files.keys().map(String::as_str).filter(|f| is_stylesheet(f)).take(200);
            let help = did_you_mean(plain, sheets())
                .or_else(|| did_you_mean(plain, sheets().map(|f| f.rsplit('/').next().unwrap_or(f))))
                .unwrap_or_else(|| "paths are relative to the package; `mapping/` may be left out".to_owned());
            let title = format!("there is no stylesheet `{written}` in the package");
            self.problems.error("F0203", title, node.range.clone(), "not found", help.as_str());
            return None;
        };
        match mapping(&path, self.files) {
            Ok(mapping) => Some(Transform::File(Arc::new(mapping))),
            Err(error) => {
                let at = diag::Span::new(error.file, error.range);
                self.problems.elsewhere("T0001", error.message, at, "in this stylesheet", error.help.as_deref());
                None
            }
        }
    }
}

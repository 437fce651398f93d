//! Tables: the step `xslt`.

use super::{Key, MapSpec, Ty};

pub(super) static XSLT: MapSpec = MapSpec {
    name: "xslt",
    doc: "Transforms the body, which is XML, by a stylesheet. Headers and properties are its parameters.",
    one_of: &["file", "header"],
    keys: &[
        Key::of("file", Ty::Text, "", "Stylesheet of the package: `.xsl` or `.xslt`."),
        Key::of("header", Ty::Text, "", "The header that names the stylesheet: a path in the package, or a file name."),
    ],
};

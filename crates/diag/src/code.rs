//! Every code has a page, compiled in: a code without its page does not build.

/// One code and its page.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    /// The code, such as `F0103`.
    pub code: &'static str,
    /// Its page in Markdown; the first line is `# CODE: title`.
    pub page: &'static str,
}

macro_rules! codes {
    ($($code:literal)*) => {
        /// All codes in order. A new code is a new line here and a new file in `pages/`.
        pub const CODES: &[Code] = &[$(Code { code: $code, page: include_str!(concat!("../pages/", $code, ".md")) }),*];
    };
}

codes! {
    "F0001"
    "J0001"
    "J0002"
    "J0003"
    "J0004"
}

/// The page of a code, in any case; `None` if there is no such code.
#[must_use]
pub fn page(code: &str) -> Option<&'static str> {
    CODES.iter().find(|c| c.code.eq_ignore_ascii_case(code)).map(|c| c.page)
}

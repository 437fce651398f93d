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
    "A0001"
    "A0002"
    "A0003"
    "A0004"
    "A0005"
    "A0006"
    "A0007"
    "A0008"
    "F0001"
    "F0002"
    "F0003"
    "F0101"
    "F0102"
    "F0103"
    "F0104"
    "F0105"
    "F0106"
    "F0107"
    "F0108"
    "F0110"
    "F0111"
    "F0112"
    "F0113"
    "F0114"
    "F0115"
    "F0201"
    "F0202"
    "F0203"
    "F0204"
    "F0205"
    "F0206"
    "F0207"
    "F0208"
    "F0209"
    "F0210"
    "F0211"
    "F0212"
    "F0213"
    "F0214"
    "F0215"
    "F0216"
    "F0217"
    "F0218"
    "F0301"
    "F0302"
    "J0001"
    "J0002"
    "J0003"
    "J0004"
    "K0001"
    "K0002"
    "K0003"
    "K0004"
    "K0005"
    "K0006"
    "K0007"
    "R0001"
    "R0002"
    "R0003"
    "R0004"
    "R0005"
    "R0006"
    "R0007"
    "R0008"
    "R0101"
    "R0102"
    "R0103"
    "R0104"
    "R0105"
    "R0106"
    "R0107"
    "R0201"
    "R0202"
    "R0203"
    "R0204"
    "R0205"
    "R0207"
    "X0101"
    "X0102"
    "X0103"
    "X0104"
    "X0105"
    "X0201"
    "X0203"
    "X0204"
    "X0205"
    "X0206"
    "X0207"
    "X0208"
    "X0301"
    "X0302"
    "X0303"
    "X0304"
    "X0305"
    "X0306"
    "X0307"
    "X0401"
    "X0402"
    "X0403"
    "X0501"
    "X0901"
}

/// The page of a code, in any case; `None` if there is no such code.
#[must_use]
pub fn page(code: &str) -> Option<&'static str> {
    CODES.iter().find(|c| c.code.eq_ignore_ascii_case(code)).map(|c| c.page)
}

//! `Normalizer`: texts whose letters and accents stand together or apart.
use crate::error::bare;
use crate::gdk::txt;
use crate::interp::Interpreter;
use crate::library::support::{EnumClass, constant, plain};
use crate::value::{R, Value};
use icu_normalizer::{ComposingNormalizerBorrowed as Composing, DecomposingNormalizerBorrowed as Decomposing};

/// `Normalizer.Form`.
pub(super) static FORM: EnumClass = EnumClass {
    class: "java.text.Normalizer$Form",
    names: &["NFD", "NFC", "NFKD", "NFKC"],
    texts: &[],
    methods: plain,
};

/// `Normalizer.normalize` and `isNormalized`.
pub(super) fn call_static(it: &mut Interpreter<'_>, name: &str, args: &[Value]) -> R<Option<Value>> {
    let [text, form] = args else { return Ok(None) };
    if text.is_null() || form.is_null() {
        return Err(bare("java.lang.NullPointerException"));
    }
    let Some(form) = constant(Some(form), &FORM) else { return Ok(None) };
    let s = txt(Some(text));
    // One letter may become 18, three bytes each at most.
    it.charge(s.len())?;
    let normal = match form {
        0 => Decomposing::new_nfd().normalize(&s),
        1 => Composing::new_nfc().normalize(&s),
        2 => Decomposing::new_nfkd().normalize(&s),
        _ => Composing::new_nfkc().normalize(&s),
    };
    it.charge(normal.len())?;
    Ok(match name {
        "normalize" => Some(Value::str(&*normal)),
        "isNormalized" => Some(Value::Bool(normal == s)),
        _ => None,
    })
}

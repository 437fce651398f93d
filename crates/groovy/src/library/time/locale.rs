//! Locales: `Locale` objects, names of months and days, signs in numbers.
use crate::gdk::txt;
use crate::interp::Interpreter;
use crate::value::{HostObject, R, Value};
use std::any::Any;

/// `java.util.Locale`.
#[derive(Clone, PartialEq)]
pub(crate) struct Locale {
    pub(crate) language: String,
    pub(crate) country: String,
}

/// What a language writes.
pub(crate) struct Names {
    pub(crate) months: [&'static str; 12],
    pub(crate) short_months: [&'static str; 12],
    /// From Monday.
    pub(crate) days: [&'static str; 7],
    pub(crate) short_days: [&'static str; 7],
    pub(crate) half_days: [&'static str; 2],
}

const EN: Names = Names {
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    short_months: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    days: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    short_days: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    half_days: ["AM", "PM"],
};
const DE: Names = Names {
    months: [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    short_months: ["Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"],
    days: ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
    short_days: ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"],
    half_days: ["AM", "PM"],
};
const FR: Names = Names {
    months: [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    short_months: ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."],
    days: ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
    short_days: ["lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."],
    half_days: ["AM", "PM"],
};
const ES: Names = Names {
    months: [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
    short_months: ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"],
    days: ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"],
    short_days: ["lun", "mar", "mié", "jue", "vie", "sáb", "dom"],
    half_days: ["AM", "PM"],
};
const IT: Names = Names {
    months: [
        "gennaio",
        "febbraio",
        "marzo",
        "aprile",
        "maggio",
        "giugno",
        "luglio",
        "agosto",
        "settembre",
        "ottobre",
        "novembre",
        "dicembre",
    ],
    short_months: ["gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic"],
    days: ["lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica"],
    short_days: ["lun", "mar", "mer", "gio", "ven", "sab", "dom"],
    half_days: ["AM", "PM"],
};

impl Locale {
    /// The one scripts run in.
    pub(crate) fn default() -> Locale {
        Locale::new("en", "US")
    }
    /// A locale of a language and a country.
    pub(crate) fn new(language: &str, country: &str) -> Locale {
        Locale { language: language.to_lowercase(), country: country.to_uppercase() }
    }
    /// `de-DE` or `de_DE`.
    pub(crate) fn tag(s: &str) -> Locale {
        let (l, c) = s.split_once(['-', '_']).unwrap_or((s, ""));
        Locale::new(l, c)
    }
    /// The locale an argument means.
    pub(crate) fn of(v: Option<&Value>) -> Option<Locale> {
        v.and_then(|v| v.downcast::<Locale>()).cloned()
    }
    /// Names of months and days.
    pub(crate) fn names(&self) -> &'static Names {
        match self.language.as_str() {
            "de" => &DE,
            "fr" => &FR,
            "es" => &ES,
            "it" => &IT,
            _ => &EN,
        }
    }
    /// The first day of a week (1 is Sunday) and how many days its first week has at least.
    pub(crate) fn weeks(&self) -> (i64, i64) {
        match (self.language.as_str(), self.country.as_str()) {
            (_, "DE" | "AT" | "FR" | "IT" | "ES" | "NL" | "BE" | "CH" | "PL" | "SE" | "DK" | "FI" | "NO" | "CZ") => {
                (2, 4)
            }
            (_, "GB" | "IE") => (2, 4),
            ("de" | "fr" | "it" | "nl", "") => (2, 4),
            _ => (1, 1),
        }
    }
    /// The decimal sign and the sign between groups.
    pub(crate) fn signs(&self) -> (char, char) {
        match (self.language.as_str(), self.country.as_str()) {
            (_, "CH") => ('.', '\''),
            ("de", "AT") | ("de" | "nl" | "es" | "it" | "pt" | "da" | "id" | "tr" | "el", _)
                if self.country != "MX" =>
            {
                (',', '.')
            }
            ("fr" | "pl" | "cs" | "sv" | "fi" | "nb" | "no" | "ru" | "uk" | "hu" | "sk" | "bg", _) => (',', '\u{a0}'),
            _ => ('.', ','),
        }
    }
    fn joined(&self, sign: char) -> String {
        if self.country.is_empty() { self.language.clone() } else { format!("{}{sign}{}", self.language, self.country) }
    }
}

/// Constants of `Locale`.
pub(super) fn get_static(name: &str) -> Option<Value> {
    let (l, c) = match name {
        "US" => ("en", "US"),
        "UK" => ("en", "GB"),
        "ENGLISH" => ("en", ""),
        "GERMAN" => ("de", ""),
        "GERMANY" => ("de", "DE"),
        "FRENCH" => ("fr", ""),
        "FRANCE" => ("fr", "FR"),
        "ITALIAN" => ("it", ""),
        "ITALY" => ("it", "IT"),
        "CANADA" => ("en", "CA"),
        "CANADA_FRENCH" => ("fr", "CA"),
        "CHINA" | "SIMPLIFIED_CHINESE" | "PRC" => ("zh", "CN"),
        "CHINESE" => ("zh", ""),
        "JAPAN" => ("ja", "JP"),
        "JAPANESE" => ("ja", ""),
        "KOREA" => ("ko", "KR"),
        "KOREAN" => ("ko", ""),
        "TAIWAN" | "TRADITIONAL_CHINESE" => ("zh", "TW"),
        "ROOT" => ("", ""),
        _ => return None,
    };
    Some(Value::object(Locale::new(l, c)))
}

/// Static methods of `Locale`.
pub(super) fn call_static(name: &str, args: &[Value]) -> Option<Value> {
    Some(match name {
        "getDefault" => Value::object(Locale::default()),
        "setDefault" => Value::Null,
        "forLanguageTag" => Value::object(Locale::tag(&txt(args.first()))),
        "getAvailableLocales" => Value::array(
            "Locale",
            ["en", "en_US", "en_GB", "de", "de_DE", "de_AT", "de_CH", "fr", "fr_FR", "es", "es_ES", "it", "it_IT"]
                .iter()
                .map(|s| Value::object(Locale::tag(s)))
                .collect(),
        ),
        _ => return None,
    })
}

const LANGUAGES: &[(&str, &str)] =
    &[("en", "English"), ("de", "German"), ("fr", "French"), ("es", "Spanish"), ("it", "Italian")];
const COUNTRIES: &[(&str, &str)] = &[
    ("US", "United States"),
    ("GB", "United Kingdom"),
    ("DE", "Germany"),
    ("FR", "France"),
    ("ES", "Spain"),
    ("IT", "Italy"),
    ("CH", "Switzerland"),
    ("AT", "Austria"),
];

fn display(table: &[(&str, &str)], code: &str) -> String {
    table.iter().find(|e| e.0 == code).map_or(code, |e| e.1).to_string()
}

impl HostObject for Locale {
    fn class_name(&self) -> &str {
        "java.util.Locale"
    }
    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args.len()) {
            ("getLanguage", 0) => Value::str(&self.language),
            ("getCountry", 0) => Value::str(&self.country),
            ("getVariant", 0) => Value::str(""),
            ("toLanguageTag", 0) => Value::str(self.joined('-')),
            ("getDisplayLanguage", _) => Value::str(display(LANGUAGES, &self.language)),
            ("getDisplayCountry", _) => Value::str(display(COUNTRIES, &self.country)),
            ("getDisplayName", _) => Value::str(if self.country.is_empty() {
                display(LANGUAGES, &self.language)
            } else {
                format!("{} ({})", display(LANGUAGES, &self.language), display(COUNTRIES, &self.country))
            }),
            _ => return Ok(None),
        }))
    }
    fn text(&self) -> String {
        self.joined('_')
    }
    fn equal(&self, o: &Value) -> Option<bool> {
        Some(o.downcast::<Locale>() == Some(self))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

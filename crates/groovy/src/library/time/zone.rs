//! Time zones: their Java names, and `TimeZone` objects.
use crate::error::null_pointer;
use crate::gdk::int;
use crate::interp::Interpreter;
use crate::ops;
use crate::text::text;
use crate::value::{HostObject, R, Value};
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

/// A zone by its Java name.
#[derive(Clone)]
pub(crate) struct Zone {
    pub(crate) id: Rc<str>,
    pub(crate) tz: TimeZone,
}

/// Old short names Java still knows.
const SHORT: &[(&str, &str)] = &[
    ("ACT", "Australia/Darwin"),
    ("AET", "Australia/Sydney"),
    ("AGT", "America/Argentina/Buenos_Aires"),
    ("ART", "Africa/Cairo"),
    ("AST", "America/Anchorage"),
    ("BET", "America/Sao_Paulo"),
    ("BST", "Asia/Dhaka"),
    ("CAT", "Africa/Harare"),
    ("CNT", "America/St_Johns"),
    ("CST", "America/Chicago"),
    ("CTT", "Asia/Shanghai"),
    ("EAT", "Africa/Addis_Ababa"),
    ("ECT", "Europe/Paris"),
    ("IET", "America/Indiana/Indianapolis"),
    ("IST", "Asia/Kolkata"),
    ("JST", "Asia/Tokyo"),
    ("MIT", "Pacific/Apia"),
    ("NET", "Asia/Yerevan"),
    ("NST", "Pacific/Auckland"),
    ("PLT", "Asia/Karachi"),
    ("PNT", "America/Phoenix"),
    ("PRT", "America/Puerto_Rico"),
    ("PST", "America/Los_Angeles"),
    ("SST", "Pacific/Guadalcanal"),
    ("VST", "Asia/Ho_Chi_Minh"),
];

/// Abbreviations in texts: seconds from UTC and the long name.
const ABBREVIATIONS: &[(&str, i32, &str)] = &[
    ("UTC", 0, "Coordinated Universal Time"),
    ("GMT", 0, "Greenwich Mean Time"),
    ("UT", 0, "Coordinated Universal Time"),
    ("WET", 0, "Western European Time"),
    ("WEST", 3600, "Western European Summer Time"),
    ("BST", 3600, "British Summer Time"),
    ("CET", 3600, "Central European Time"),
    ("CEST", 7200, "Central European Summer Time"),
    ("MEZ", 3600, "Central European Time"),
    ("MESZ", 7200, "Central European Summer Time"),
    ("EET", 7200, "Eastern European Time"),
    ("EEST", 10800, "Eastern European Summer Time"),
    ("MSK", 10800, "Moscow Standard Time"),
    ("GST", 14400, "Gulf Standard Time"),
    ("PKT", 18000, "Pakistan Time"),
    ("IST", 19800, "India Standard Time"),
    ("SGT", 28800, "Singapore Time"),
    ("HKT", 28800, "Hong Kong Time"),
    ("AWST", 28800, "Australian Western Standard Time"),
    ("JST", 32400, "Japan Standard Time"),
    ("KST", 32400, "Korea Standard Time"),
    ("AEST", 36000, "Australian Eastern Standard Time (New South Wales)"),
    ("AEDT", 39600, "Australian Eastern Daylight Time (New South Wales)"),
    ("NZST", 43200, "New Zealand Standard Time"),
    ("NZDT", 46800, "New Zealand Daylight Time"),
    ("AST", -14400, "Atlantic Standard Time"),
    ("ADT", -10800, "Atlantic Daylight Time"),
    ("BRT", -10800, "Brasilia Time"),
    ("EST", -18000, "Eastern Standard Time"),
    ("EDT", -14400, "Eastern Daylight Time"),
    ("CST", -21600, "Central Standard Time"),
    ("CDT", -18000, "Central Daylight Time"),
    ("MST", -25200, "Mountain Standard Time"),
    ("MDT", -21600, "Mountain Daylight Time"),
    ("PST", -28800, "Pacific Standard Time"),
    ("PDT", -25200, "Pacific Daylight Time"),
    ("HST", -36000, "Hawaii Standard Time"),
    ("SAST", 7200, "South Africa Standard Time"),
];

/// Short names Java has where the zone data has numbers only.
const NUMBERED: &[(&str, &str)] = &[
    ("Asia/Dubai", "GST"),
    ("Asia/Singapore", "SGT"),
    ("America/Sao_Paulo", "BRT"),
    ("Europe/Istanbul", "EET"),
    ("Asia/Riyadh", "AST"),
    ("Asia/Bangkok", "ICT"),
    ("Asia/Kuala_Lumpur", "MYT"),
    ("America/Bogota", "COT"),
    ("America/Lima", "PET"),
    ("America/Argentina/Buenos_Aires", "ART"),
    ("Asia/Almaty", "ALMT"),
];

/// A zone a fixed distance from UTC.
pub(crate) fn fixed(seconds: i32, id: impl AsRef<str>) -> Option<Zone> {
    Some(Zone { id: id.as_ref().into(), tz: TimeZone::fixed(Offset::from_seconds(seconds).ok()?) })
}

/// `+02:00` and the like.
pub(crate) fn offset_text(seconds: i32, colon: bool) -> String {
    let s = seconds.abs();
    let sign = if seconds < 0 { '-' } else { '+' };
    format!("{sign}{:02}{}{:02}", s / 3600, if colon { ":" } else { "" }, s / 60 % 60)
}

/// Seconds of `+2`, `+02`, `+0200`, `+02:00`.
pub(crate) fn read_offset(s: &str) -> Option<i32> {
    let (sign, rest) = s.strip_prefix('+').map(|r| (1, r)).or_else(|| s.strip_prefix('-').map(|r| (-1, r)))?;
    let (h, m) = match rest.split_once(':') {
        Some((h, m)) if m.len() == 2 => (h, m),
        Some(_) => return None,
        None if rest.len() > 2 => rest.split_at_checked(rest.len() - 2)?,
        None => (rest, "0"),
    };
    if h.is_empty() || h.len() > 2 || !h.bytes().chain(m.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (h, m): (i32, i32) = (h.parse().ok()?, m.parse().ok()?);
    (h <= 23 && m <= 59).then_some(sign * (h * 3600 + m * 60))
}

/// The zone of a name as `java.util.TimeZone` has it; what it does not know is GMT.
pub(crate) fn zone(id: &str) -> Zone {
    known(id).unwrap_or_else(gmt)
}

/// GMT.
pub(crate) fn gmt() -> Zone {
    Zone { id: "GMT".into(), tz: TimeZone::UTC }
}

/// The zone of a name, if there is one.
pub(crate) fn known(id: &str) -> Option<Zone> {
    if matches!(id, "UTC" | "GMT" | "Z" | "UCT" | "Zulu" | "Etc/UTC" | "Etc/GMT") {
        return (id != "Z").then(|| Zone { id: id.into(), tz: TimeZone::UTC });
    }
    if let Some(rest) = id.strip_prefix("GMT")
        && let Some(s) = read_offset(rest)
    {
        return if s == 0 { Some(gmt()) } else { fixed(s, format!("GMT{}", offset_text(s, true))) };
    }
    for (name, seconds) in [("EST", -18000), ("MST", -25200), ("HST", -36000)] {
        if id == name {
            return fixed(seconds, name);
        }
    }
    let real = SHORT.iter().find(|s| s.0 == id).map_or(id, |s| s.1);
    let tz = TimeZone::get(real).ok()?;
    // The search ignores case; Java does not.
    (tz.iana_name().is_none_or(|n| n == real)).then(|| Zone { id: id.into(), tz })
}

/// The offset of an abbreviation in a text.
pub(crate) fn abbreviation(s: &str) -> Option<i32> {
    ABBREVIATIONS.iter().find(|a| a.0.eq_ignore_ascii_case(s) || a.2.eq_ignore_ascii_case(s)).map(|a| a.1)
}

/// The zone a value means: an object of a zone, or a name.
pub(crate) fn zone_of(v: &Value) -> Zone {
    if let Some(z) = v.downcast::<ZoneObj>() {
        return z.0.borrow().clone();
    }
    if let Some(z) = crate::library::time::jtime::zone_of(v) {
        return z;
    }
    zone(&text(v))
}

impl Zone {
    /// Seconds from UTC at a time.
    pub(crate) fn offset(&self, millis: i64) -> i32 {
        Timestamp::from_millisecond(millis).map_or(0, |t| self.tz.to_offset(t).seconds())
    }
    /// Whether summer time holds.
    pub(crate) fn summer(&self, millis: i64) -> bool {
        Timestamp::from_millisecond(millis).is_ok_and(|t| self.tz.to_offset_info(t).dst().is_dst())
    }
    /// Its offset without summer time.
    fn raw(&self, millis: i64) -> i32 {
        let half_year = 182 * 86_400_000;
        for at in [millis, millis.saturating_add(half_year), millis.saturating_sub(half_year)] {
            if !self.summer(at) {
                return self.offset(at);
            }
        }
        self.offset(millis)
    }
    fn has_summer(&self, millis: i64) -> bool {
        self.offset(millis) != self.offset(millis.saturating_add(182 * 86_400_000))
    }
    /// Its short or long name.
    pub(crate) fn name(&self, millis: i64, long: bool) -> String {
        if self.id.starts_with("GMT") && self.id.len() > 3 {
            return self.id.to_string();
        }
        let Ok(t) = Timestamp::from_millisecond(millis) else { return self.id.to_string() };
        let info = self.tz.to_offset_info(t);
        let mut short = info.abbreviation().to_string();
        if self.tz.iana_name().is_none() || short == "UTC" {
            short = self.id.to_string();
            if matches!(&*short, "Etc/UTC" | "Zulu" | "UCT") {
                short = "UTC".into();
            }
        } else if short.starts_with(['+', '-']) {
            short = match NUMBERED.iter().find(|n| n.0 == &*self.id) {
                Some(n) => n.1.into(),
                None => format!("GMT{}", offset_text(info.offset().seconds(), true)),
            };
        }
        if !long {
            return short;
        }
        match ABBREVIATIONS.iter().find(|a| a.0 == short && a.1 == info.offset().seconds()) {
            Some(a) => a.2.into(),
            None if &*self.id == "Asia/Shanghai" => "China Standard Time".into(),
            None => short,
        }
    }
}

/// `java.util.TimeZone`.
pub(crate) struct ZoneObj(pub(crate) RefCell<Zone>);

/// An object of a zone.
pub(crate) fn object(z: Zone) -> Value {
    Value::object(ZoneObj(RefCell::new(z)))
}

/// Static methods of `TimeZone`.
pub(super) fn call_static(it: &mut Interpreter<'_>, name: &str, args: &[Value]) -> R<Option<Value>> {
    Ok(Some(match (name, args) {
        ("getTimeZone", [Value::Null]) => return Err(null_pointer("the name of a time zone is null")),
        ("getTimeZone", [v]) => object(zone_of(v)),
        ("getDefault", []) => object(zone(&it.host.time_zone())),
        ("setDefault", [_]) => Value::Null,
        ("getAvailableIDs", []) => {
            let mut ids: Vec<String> = jiff::tz::db().available().map(|n| n.to_string()).collect();
            ids.extend(SHORT.iter().map(|s| s.0.to_string()));
            ids.sort();
            Value::array("String", ids.into_iter().map(Value::str).collect())
        }
        _ => return Ok(None),
    }))
}

impl HostObject for ZoneObj {
    fn class_name(&self) -> &str {
        "sun.util.calendar.ZoneInfo"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let z = self.0.borrow().clone();
        let now = it.host.now_millis();
        let at = |v: &Value| v.downcast::<super::date::Date>().map_or_else(|| int(Some(v)), |d| d.0.get());
        let saving = if z.has_summer(now) { 3_600_000 } else { 0 };
        Ok(Some(match (name, args) {
            ("getID", []) => Value::str(&*z.id),
            ("setID", [id]) => {
                self.0.borrow_mut().id = text(id).into();
                Value::Null
            }
            ("getOffset", [t]) => Value::Int(z.offset(at(t)) * 1000),
            ("getRawOffset", []) => Value::Int(z.raw(now) * 1000),
            ("getDSTSavings", []) => Value::Int(saving),
            ("useDaylightTime" | "observesDaylightTime", []) => Value::Bool(saving != 0),
            ("inDaylightTime", [t]) => Value::Bool(z.summer(at(t))),
            ("getDisplayName", _) => {
                // In winter by default, whatever the day.
                let summer = args.len() >= 2 && ops::truth(&args[0]) && matches!(args[0], Value::Bool(_));
                let mut t = now;
                if z.summer(t) != summer {
                    t = t.saturating_add(182 * 86_400_000);
                }
                let long = args.len() < 2 || int(args.get(1)) == 1;
                Value::str(z.name(t, long))
            }
            ("hasSameRules", [o]) => {
                let o = zone_of(o);
                Value::Bool(o.raw(now) == z.raw(now) && o.has_summer(now) == z.has_summer(now))
            }
            ("toZoneId", []) => crate::library::time::jtime::zone_id(z),
            ("clone", []) => object(z),
            _ => return Ok(None),
        }))
    }
    fn text(&self) -> String {
        let z = self.0.borrow();
        format!(
            "sun.util.calendar.ZoneInfo[id=\"{}\",offset={},dstSavings=0,useDaylight=false,transitions=0,lastRule=null]",
            z.id,
            z.raw(0) * 1000
        )
    }
    fn equal(&self, o: &Value) -> Option<bool> {
        Some(o.downcast::<ZoneObj>().is_some_and(|o| o.0.borrow().id == self.0.borrow().id))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

//! Sizes and durations as people write them: `10MB`, `64KiB`, `30s`, `5m`, `1h30m`, `2d`.

use std::time::Duration;

/// Parses `30s`, `5m`, `1h30m`, `500ms`, `2d`; a bare number is refused because its unit would be a guess.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is not a duration; write for example 30s, 5m, 1h30m or 2d");
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(wrong());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = rest[..digits].parse().map_err(|_| wrong())?;
        rest = &rest[digits..];
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let unit_ms: u64 = match &rest[..letters] {
            "ms" => 1,
            "s" => 1_000,
            "m" | "min" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(wrong()),
        };
        rest = rest[letters..].trim_start();
        total = number.checked_mul(unit_ms).and_then(|ms| total.checked_add(ms)).ok_or_else(wrong)?;
    }
    // A hundred years is more than any setting means, and keeps date arithmetic in range.
    if total > 100 * 365 * 86_400_000 { Err(wrong()) } else { Ok(Duration::from_millis(total)) }
}

/// The duration in its largest units, at most two of them: `1h 30m`, `4.2s`, `12ms`.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    let ms = duration.as_millis();
    match ms {
        0..1_000 => format!("{ms}ms"),
        1_000..60_000 => {
            let text = format!("{:.1}", duration.as_secs_f64());
            format!("{}s", text.strip_suffix(".0").unwrap_or(&text))
        }
        _ => {
            let (s, units) = (ms / 1_000, [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")]);
            let mut rest = s;
            let mut parts = Vec::new();
            for (size, unit) in units {
                if rest >= size && parts.len() < 2 {
                    parts.push(format!("{}{unit}", rest / size));
                    rest %= size;
                }
            }
            parts.join(" ")
        }
    }
}

/// Parses `512`, `64KB`, `10MB`, `1GiB`. `KB` and `KiB` both mean 1,024 bytes, as SAP's limits do.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is not a size; write for example 64KB, 10MB or 1GB");
    let trimmed = text.trim();
    let digits = trimmed.bytes().take_while(u8::is_ascii_digit).count();
    let number: u64 = trimmed[..digits].parse().map_err(|_| wrong())?;
    let shift = match trimmed[digits..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        _ => return Err(wrong()),
    };
    number.checked_mul(1 << shift).ok_or_else(wrong)
}

/// The size in its largest unit: `1.5 MB`.
#[must_use]
pub fn format_bytes(bytes: u64) -> String {
    let units = [(1_u64 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB")];
    match units.into_iter().find(|(size, _)| bytes >= *size) {
        #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
        Some((size, unit)) => format!("{:.1} {unit}", bytes as f64 / size as f64),
        None => format!("{bytes} B"),
    }
}

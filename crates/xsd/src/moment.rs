//! Dates, times and durations: whether they are written right, and which is earlier.

/// What a date and time text is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    DateTime,
    Date,
    Time,
    Year,
    YearMonth,
    Month,
    MonthDay,
    Day,
}

/// A cursor over ASCII text.
struct Cursor<'t>(&'t str);

impl Cursor<'_> {
    fn eat(&mut self, c: char) -> Option<()> {
        self.0 = self.0.strip_prefix(c)?;
        Some(())
    }

    /// A number of so many digits in a range.
    fn number(&mut self, digits: usize, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
        let text = self.0.get(..digits).filter(|t| t.bytes().all(|b| b.is_ascii_digit()))?;
        self.0 = &self.0[digits..];
        text.parse().ok().filter(|n| range.contains(n))
    }

    /// A year of four or more digits, perhaps negative.
    fn year(&mut self) -> Option<i64> {
        let negative = self.eat('-').is_some();
        let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let text =
            self.0.get(..digits).filter(|t| (4..=9).contains(&digits) && (digits == 4 || !t.starts_with('0')))?;
        self.0 = &self.0[digits..];
        let year: i64 = text.parse().ok()?;
        Some(if negative { -year } else { year })
    }

    /// Hours, minutes and seconds in nanoseconds.
    fn time(&mut self) -> Option<i128> {
        let hour = self.number(2, 0..=24)?;
        self.eat(':')?;
        let minute = self.number(2, 0..=59)?;
        self.eat(':')?;
        let second = self.number(2, 0..=59)?;
        let mut nanos = 0_i64;
        if self.eat('.').is_some() {
            let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
            let text = self.0.get(..digits).filter(|t| !t.is_empty())?;
            self.0 = &self.0[digits..];
            nanos = format!("{text:0<9}").get(..9)?.parse().ok()?;
        }
        let all = i128::from((hour * 60 + minute) * 60 + second) * 1_000_000_000 + i128::from(nanos);
        (hour < 24 || (minute == 0 && second == 0 && nanos == 0)).then_some(all)
    }

    /// A zone in minutes; zero without one.
    fn zone(&mut self) -> Option<i64> {
        let sign = match self.0.chars().next() {
            None => return Some(0),
            Some('Z') => {
                self.0 = &self.0[1..];
                return Some(0);
            }
            Some('+') => 1,
            Some('-') => -1,
            Some(_) => return None,
        };
        self.0 = &self.0[1..];
        let hour = self.number(2, 0..=14)?;
        self.eat(':')?;
        let minute = self.number(2, 0..=59)?;
        (hour < 14 || minute == 0).then_some(sign * (hour * 60 + minute))
    }
}

/// The moment of a text, comparable with others of its shape; `None` if it is wrong. Without a zone it counts as UTC.
pub(crate) fn parse(text: &str, shape: Shape) -> Option<i128> {
    if !text.is_ascii() {
        return None;
    }
    let mut at = Cursor(text);
    let (mut year, mut month, mut day, mut time) = (2000, 1, 1, 0);
    match shape {
        Shape::DateTime | Shape::Date | Shape::Year | Shape::YearMonth => {
            year = at.year()?;
            if shape != Shape::Year {
                at.eat('-')?;
                month = at.number(2, 1..=12)?;
            }
            if matches!(shape, Shape::DateTime | Shape::Date) {
                at.eat('-')?;
                day = at.number(2, 1..=31)?;
            }
            if shape == Shape::DateTime {
                at.eat('T')?;
                time = at.time()?;
            }
        }
        Shape::Time => time = at.time()?,
        Shape::Month | Shape::MonthDay => {
            at.eat('-')?;
            at.eat('-')?;
            month = at.number(2, 1..=12)?;
            if shape == Shape::MonthDay {
                at.eat('-')?;
                day = at.number(2, 1..=31)?;
            }
        }
        Shape::Day => {
            at.eat('-')?;
            at.eat('-')?;
            at.eat('-')?;
            day = at.number(2, 1..=31)?;
        }
    }
    let zone = at.zone()?;
    let days = days(year, month);
    (at.0.is_empty() && day <= days).then(|| {
        let date = i128::from(days_from_civil(year, month, day)) * 86_400_000_000_000;
        date + time - i128::from(zone) * 60_000_000_000
    })
}

fn days(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970 (Hinnant's `days_from_civil`).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// A duration in nanoseconds, a month as 30 days and 10 hours; `None` if it is wrong.
pub(crate) fn duration(text: &str) -> Option<i128> {
    let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let rest = rest.strip_prefix('P')?;
    let (date, time) = rest.split_once('T').map_or((rest, None), |(date, time)| (date, Some(time)));
    if rest.is_empty() || time == Some("") {
        return None;
    }
    const SECOND: i128 = 1_000_000_000;
    const DAY: i128 = 86_400 * SECOND;
    const MONTH: i128 = 30 * DAY + 36_000 * SECOND;
    let date = units(date, &[('Y', 12 * MONTH), ('M', MONTH), ('D', DAY)])?;
    let time = units(time.unwrap_or(""), &[('H', 3_600 * SECOND), ('M', 60 * SECOND), ('S', SECOND)])?;
    Some(sign * (date + time))
}

/// Numbers with their units in order, each at most once; only seconds have a fraction.
fn units(text: &str, order: &[(char, i128)]) -> Option<i128> {
    let (mut rest, mut from, mut sum) = (text, 0, 0_i128);
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, unit) = (&rest[..end], rest[end..].chars().next()?);
        let ix = from + order.get(from..)?.iter().position(|(c, _)| *c == unit)?;
        let size = order.get(ix)?.1;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() || (number.contains('.') && (unit != 'S' || fraction.is_empty())) {
            return None;
        }
        // A number that long is compared by its first digits.
        let whole: i128 = whole.get(..whole.len().min(15))?.parse().ok()?;
        sum += whole * size;
        if !fraction.is_empty() {
            sum += format!("{fraction:0<9}").get(..9)?.parse::<i128>().ok()?;
        }
        rest = &rest[end + 1..];
        from = ix + 1;
    }
    Some(sum)
}

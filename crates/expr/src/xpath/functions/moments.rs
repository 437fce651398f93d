//! Functions on dates, times and durations. The present is the scope's.

use super::super::cast::{to_duration, to_moment};
use super::super::eval::Eval;
use super::super::number::Decimal;
use super::super::times::{Duration, DurationKind, Moment, MomentKind};
use super::super::value::{Atom, Item, R, Seq, fail};
use super::{Call, Function, one_text, plain, time_picture};

use MomentKind::{Date, DateTime, Time};

pub const TABLE: &[Function] = &[
    plain("current-date", 0, 0, |ev, _| now(ev, Date)),
    plain("current-dateTime", 0, 0, |ev, _| now(ev, DateTime)),
    plain("current-time", 0, 0, |ev, _| now(ev, Time)),
    plain("implicit-timezone", 0, 0, |_, _| Ok(vec![seconds(0)])),
    plain("dateTime", 2, 2, date_time),
    plain("format-date", 2, 5, |ev, call| format(ev, &call, Date)),
    plain("format-dateTime", 2, 5, |ev, call| format(ev, &call, DateTime)),
    plain("format-time", 2, 5, |ev, call| format(ev, &call, Time)),
    plain("year-from-date", 1, 1, |ev, call| part(ev, &call, Date, year)),
    plain("month-from-date", 1, 1, |ev, call| part(ev, &call, Date, month)),
    plain("day-from-date", 1, 1, |ev, call| part(ev, &call, Date, day)),
    plain("year-from-dateTime", 1, 1, |ev, call| part(ev, &call, DateTime, year)),
    plain("month-from-dateTime", 1, 1, |ev, call| part(ev, &call, DateTime, month)),
    plain("day-from-dateTime", 1, 1, |ev, call| part(ev, &call, DateTime, day)),
    plain("hours-from-dateTime", 1, 1, |ev, call| part(ev, &call, DateTime, hours)),
    plain("minutes-from-dateTime", 1, 1, |ev, call| part(ev, &call, DateTime, minutes)),
    plain("seconds-from-dateTime", 1, 1, |ev, call| part(ev, &call, DateTime, secs)),
    plain("hours-from-time", 1, 1, |ev, call| part(ev, &call, Time, hours)),
    plain("minutes-from-time", 1, 1, |ev, call| part(ev, &call, Time, minutes)),
    plain("seconds-from-time", 1, 1, |ev, call| part(ev, &call, Time, secs)),
    plain("timezone-from-date", 1, 1, |ev, call| zone(ev, &call, Date)),
    plain("timezone-from-dateTime", 1, 1, |ev, call| zone(ev, &call, DateTime)),
    plain("timezone-from-time", 1, 1, |ev, call| zone(ev, &call, Time)),
    plain("adjust-date-to-timezone", 1, 2, |ev, call| adjust(ev, &call, Date)),
    plain("adjust-dateTime-to-timezone", 1, 2, |ev, call| adjust(ev, &call, DateTime)),
    plain("adjust-time-to-timezone", 1, 2, |ev, call| adjust(ev, &call, Time)),
    plain("years-from-duration", 1, 1, |ev, call| span(ev, &call, |d| whole(i128::from(d.months) / 12))),
    plain("months-from-duration", 1, 1, |ev, call| span(ev, &call, |d| whole(i128::from(d.months) % 12))),
    plain("days-from-duration", 1, 1, |ev, call| span(ev, &call, |d| whole(d.nanos / NANOS / 86_400))),
    plain("hours-from-duration", 1, 1, |ev, call| span(ev, &call, |d| whole(d.nanos / NANOS / 3_600 % 24))),
    plain("minutes-from-duration", 1, 1, |ev, call| span(ev, &call, |d| whole(d.nanos / NANOS / 60 % 60))),
    plain("seconds-from-duration", 1, 1, |ev, call| {
        span(ev, &call, |d| Atom::Decimal(Decimal::new(d.nanos % (60 * NANOS), 9)))
    }),
];

const NANOS: i128 = 1_000_000_000;

fn whole(n: i128) -> Atom<'static> {
    Atom::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

fn year(m: &Moment) -> Atom<'static> {
    Atom::Int(i64::from(m.civil.year()))
}

fn month(m: &Moment) -> Atom<'static> {
    Atom::Int(i64::from(m.civil.month()))
}

fn day(m: &Moment) -> Atom<'static> {
    Atom::Int(i64::from(m.civil.day()))
}

fn hours(m: &Moment) -> Atom<'static> {
    Atom::Int(i64::from(m.civil.hour()))
}

fn minutes(m: &Moment) -> Atom<'static> {
    Atom::Int(i64::from(m.civil.minute()))
}

fn secs(m: &Moment) -> Atom<'static> {
    let nanos = i128::from(m.civil.second()) * NANOS + i128::from(m.civil.subsec_nanosecond());
    Atom::Decimal(Decimal::new(nanos, 9))
}

fn seconds<'a>(offset: i32) -> Item<'a> {
    Item::Atom(Atom::Duration(Duration { kind: DurationKind::DayTime, months: 0, nanos: i128::from(offset) * NANOS }))
}

fn now<'a>(ev: &mut Eval<'a>, kind: MomentKind) -> R<Seq<'a>> {
    let now = Moment::now(ev.scope.now).to_kind(DateTime, kind);
    Ok(now.map(|m| Item::Atom(Atom::Moment(kind, m))).into_iter().collect())
}

/// The argument as a date or time; a date from a dateTime and the like is taken over.
fn moment<'a>(ev: &mut Eval<'a>, call: &Call<'_, 'a>, i: usize, kind: MomentKind) -> R<Option<Moment>> {
    call.atom(ev, i)?.map(|atom| to_moment(&atom, kind)).transpose()
}

fn part<'a>(ev: &mut Eval<'a>, call: &Call<'_, 'a>, kind: MomentKind, get: fn(&Moment) -> Atom<'static>) -> R<Seq<'a>> {
    Ok(moment(ev, call, 0, kind)?.map(|m| Item::Atom(get(&m))).into_iter().collect())
}

fn zone<'a>(ev: &mut Eval<'a>, call: &Call<'_, 'a>, kind: MomentKind) -> R<Seq<'a>> {
    Ok(moment(ev, call, 0, kind)?.and_then(|m| m.offset).map(seconds).into_iter().collect())
}

fn span<'a>(ev: &mut Eval<'a>, call: &Call<'_, 'a>, get: fn(&Duration) -> Atom<'static>) -> R<Seq<'a>> {
    let duration = call.atom(ev, 0)?.map(|atom| to_duration(&atom, DurationKind::Full)).transpose()?;
    Ok(duration.map(|d| Item::Atom(get(&d))).into_iter().collect())
}

fn date_time<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let (Some(date), Some(time)) = (moment(ev, &call, 0, Date)?, moment(ev, &call, 1, Time)?) else {
        return Ok(Vec::new());
    };
    if date.offset.is_some() && time.offset.is_some() && date.offset != time.offset {
        return fail("the date and the time for dateTime() have different time zones");
    }
    let civil = date.civil.date().to_datetime(time.civil.time());
    Ok(vec![Item::Atom(Atom::Moment(DateTime, Moment { civil, offset: date.offset.or(time.offset) }))])
}

fn adjust<'a>(ev: &mut Eval<'a>, call: &Call<'_, 'a>, kind: MomentKind) -> R<Seq<'a>> {
    let Some(value) = moment(ev, call, 0, kind)? else { return Ok(Vec::new()) };
    let offset = match call.atom(ev, 1)? {
        None if call.has(1) => None,
        None => Some(0),
        Some(atom) => {
            let seconds = to_duration(&atom, DurationKind::DayTime)?.nanos / NANOS;
            match i32::try_from(seconds).ok().filter(|s| s.abs() <= 14 * 3600 && s % 60 == 0) {
                Some(seconds) => Some(seconds),
                None => return fail("a time zone is at most 14 hours from UTC, in whole minutes"),
            }
        }
    };
    match value.with_offset(kind, offset) {
        Some(m) => Ok(vec![Item::Atom(Atom::Moment(kind, m))]),
        None => fail("a calculation left the calendar"),
    }
}

fn format<'a>(ev: &mut Eval<'a>, call: &Call<'_, 'a>, kind: MomentKind) -> R<Seq<'a>> {
    let Some(value) = moment(ev, call, 0, kind)? else { return Ok(Vec::new()) };
    let picture = call.text(ev, 1)?;
    let text = time_picture::format(&value, kind, &picture)?;
    one_text(ev, text)
}

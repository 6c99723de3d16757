//! Train before, test after, as a router is used: queries in the order of a
//! time that each record has. Of n queries the first round(n·train) are train,
//! up to round(n·(train + val)) val, the rest test; queries of one time go to
//! one part, so that a cut moves to the nearest place between two times (the
//! earlier of two that are as near). O(n log n).
//!
//! A time is a number (of seconds, milliseconds or anything else that grows) or
//! a text: a date, or a date and a time of day, as in ISO 8601. A text without
//! an offset from UTC is taken to be UTC. A stream has times of one kind.

use crate::error::{excerpt, Error, Result};
use crate::json;
use crate::record::field::Field;
use crate::record::{Record, Split};
use chrono::{DateTime, NaiveDate, NaiveDateTime};

/// When a query was asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Time {
    /// A number, in the unit of whoever wrote it.
    Number(f64),
    /// Seconds and nanoseconds since 1970 in UTC.
    Instant(i64, u32),
}

impl Time {
    /// The time in `field`. Errors: there is none, or it is no time.
    pub fn read(record: &Record, field: &Field) -> Result<Time> {
        let name = field.text();
        let Some(raw) = field.raw(record) else {
            return Err(record.error_at(
                record.text,
                format!("the record has no {name}, which --by-time orders by; --on-error skip leaves such records out"),
            ));
        };
        let time = match json::string(raw) {
            Some(text) => instant(text.trim()),
            None => serde_json::from_str(raw).ok().map(Time::Number),
        };
        time.ok_or_else(|| {
            record.error_at(
                raw,
                format!(
                    "{name} is {}, expected a number or a time such as \"2026-03-01\", \"2026-03-01 12:30:00\" or \"2026-03-01T12:30:00+01:00\"",
                    excerpt(raw)
                ),
            )
        })
    }

    /// In the order of time. Errors: a number and a text.
    fn cmp(&self, other: &Time) -> Option<std::cmp::Ordering> {
        match (self, other) {
            (Time::Number(a), Time::Number(b)) => Some(a.total_cmp(b)),
            (Time::Instant(a, b), Time::Instant(c, d)) => Some((a, b).cmp(&(c, d))),
            _ => None,
        }
    }
}

fn instant(text: &str) -> Option<Time> {
    let utc = |t: DateTime<chrono::Utc>| Time::Instant(t.timestamp(), t.timestamp_subsec_nanos());
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(utc(time.to_utc()));
    }
    // A number that was quoted is no date.
    if let Ok(number) = text.parse::<f64>() {
        return number.is_finite().then_some(Time::Number(number));
    }
    let local = [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M",
    ];
    let of_day = || {
        NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()?
            .and_hms_opt(0, 0, 0)
    };
    let local = local
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let offset = || {
        let forms = [
            "%Y-%m-%d %H:%M:%S%.f%:z",
            "%Y-%m-%d %H:%M:%S%.f %:z",
            "%Y-%m-%dT%H:%M:%S%.f%z",
            "%Y-%m-%d %H:%M:%S%.f%z",
        ];
        let mut forms = forms.iter();
        forms.find_map(|form| DateTime::parse_from_str(text, form).ok())
    };
    match local.or_else(of_day) {
        Some(time) => Some(utc(time.and_utc())),
        None => offset().map(|time| utc(time.to_utc())),
    }
}

/// The part of each query. Errors: times of two kinds.
pub fn by_time(times: &[Time], train: f64, val: f64) -> Result<Vec<Split>> {
    let mixed = times.windows(2).any(|w| w[0].cmp(&w[1]).is_none());
    if mixed {
        return Err(Error::input(
            "some records have a number and others a date as their time, which have no common order; write them all alike",
        ));
    }
    let earlier = |a: &usize, b: &usize| {
        let order = times[*a].cmp(&times[*b]);
        order.unwrap_or(std::cmp::Ordering::Equal)
    };
    let mut order: Vec<usize> = (0..times.len()).collect();
    order.sort_by(earlier);
    let n = order.len();
    let at = |share: f64| {
        let wanted = (n as f64 * share).round().min(n as f64) as usize;
        let is_cut = |i: usize| i == 0 || i == n || earlier(&order[i - 1], &order[i]).is_ne();
        let nearest = |away: usize| {
            let (before, after) = (wanted.checked_sub(away), wanted + away);
            let before = before.filter(|&i| is_cut(i));
            before.or(Some(after).filter(|&i| i <= n && is_cut(i)))
        };
        (0..=n).find_map(nearest).unwrap_or(n)
    };
    let (train, val) = (at(train), at(train + val));
    let mut parts = vec![Split::Test; n];
    for (place, &i) in order.iter().enumerate() {
        if place < train {
            parts[i] = Split::Train;
        } else if place < val {
            parts[i] = Split::Val;
        }
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Split::{Test, Train, Val};

    #[test]
    fn parts_follow_one_another_in_time_and_equal_times_stay_together() {
        let times: Vec<Time> = [5.0, 1.0, 4.0, 2.0, 3.0].map(Time::Number).to_vec();
        let parts = by_time(&times, 0.6, 0.2).unwrap();
        assert_eq!(parts, [Test, Train, Val, Train, Train]);
        let times = [1.0, 2.0, 2.0, 2.0, 3.0].map(Time::Number);
        let parts = by_time(&times, 0.5, 0.0).unwrap();
        assert_eq!(parts, [Train, Train, Train, Train, Test]);
        assert_eq!(by_time(&[], 0.5, 0.0).unwrap(), []);
        let mixed = [Time::Number(1.0), Time::Instant(1, 0)];
        assert!(by_time(&mixed, 0.5, 0.0).is_err());
    }

    #[test]
    fn texts_of_one_instant_are_one_time() {
        let noon = instant("2026-03-01T12:00:00Z").unwrap();
        for text in [
            "2026-03-01T13:00:00+01:00",
            "2026-03-01 12:00:00",
            "2026-03-01 12:00:00.000",
            "2026-03-01T12:00",
            "2026-03-01 12:00:00 +00:00",
            "2026-03-01 12:00:00+00:00",
        ] {
            assert_eq!(instant(text), Some(noon), "{text}");
        }
        assert_eq!(instant("1970-01-02"), Some(Time::Instant(86_400, 0)));
        assert_eq!(instant("17.5"), Some(Time::Number(17.5)));
        assert_eq!(instant("03/01/2026"), None);
        assert_eq!(instant("yesterday"), None);
    }
}

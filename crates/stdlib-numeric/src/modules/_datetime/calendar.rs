//! The proleptic Gregorian calendar: days, ordinals, ISO weeks; and times of day.

/// The first year.
pub const MIN_YEAR: i32 = 1;
/// The last year.
pub const MAX_YEAR: i32 = 9999;
/// The ordinal of the last day of the last year.
pub const MAX_ORDINAL: i64 = 3_652_059;
/// Seconds of a day.
pub const DAY_SECONDS: i64 = 86_400;
/// Microseconds of a second.
pub const SECOND: i64 = 1_000_000;
/// The ordinal of 1970-01-01.
pub const EPOCH_ORDINAL: i64 = 719_163;

/// A day, in the range of years or not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Day {
    /// Year.
    pub year: i32,
    /// Month, from 1.
    pub month: u8,
    /// Day of the month, from 1.
    pub day: u8,
}

/// A time of day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
#[allow(missing_docs)]
pub struct Clock {
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
    pub microsecond: u32,
}

/// Has the year a 29th of February?
pub const fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days of a month.
pub const fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        2 => 28 + is_leap(year) as u8,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl Day {
    /// The number of the day; 0001-01-01 has 1.
    pub fn ordinal(self) -> i64 {
        // Years counted from March, so that the leap day is the last of its year.
        let (year, month) = (self.year as i64, self.month as i64);
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + self.day as i64 - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 305
    }

    /// The day of an ordinal.
    pub fn of_ordinal(ordinal: i64) -> Day {
        let days = ordinal + 305;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let shifted = (5 * of_year + 2) / 153;
        let day = (of_year - (153 * shifted + 2) / 5 + 1) as u8;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 } as u8;
        let year = (year + era * 400 + (month <= 2) as i64) as i32;
        Day { year, month, day }
    }

    /// The day of the week; Monday is 0.
    pub fn weekday(self) -> i64 {
        (self.ordinal() + 6).rem_euclid(7)
    }

    /// The day of the year, from 1.
    pub fn day_of_year(self) -> i64 {
        self.ordinal() - Day { month: 1, day: 1, ..self }.ordinal() + 1
    }

    /// ISO year, week and weekday (Monday is 1).
    pub fn iso(self) -> (i32, i64, i64) {
        let ordinal = self.ordinal();
        let mut year = self.year;
        let mut monday = first_iso_monday(year);
        if ordinal < monday {
            year -= 1;
            monday = first_iso_monday(year);
        } else if ordinal >= first_iso_monday(year + 1) {
            year += 1;
            monday = first_iso_monday(year);
        }
        let days = ordinal - monday;
        (year, days / 7 + 1, days % 7 + 1)
    }
}

/// The ordinal of the Monday that starts week 1 of an ISO year.
fn first_iso_monday(year: i32) -> i64 {
    let first = Day { year, month: 1, day: 1 }.ordinal();
    let weekday = (first + 6).rem_euclid(7);
    let monday = first - weekday;
    if weekday > 3 { monday + 7 } else { monday }
}

/// What is wrong with an ISO date.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IsoError {
    /// The year.
    Year,
    /// The week.
    Week,
    /// The day of the week.
    Weekday,
}

/// The day of an ISO year, week and weekday.
pub fn of_iso(year: i64, week: i64, weekday: i64) -> Result<Day, IsoError> {
    if !(MIN_YEAR as i64..=MAX_YEAR as i64).contains(&year) {
        return Err(IsoError::Year);
    }
    let year = year as i32;
    if !(1..=52).contains(&week) {
        let first = Day { year, month: 1, day: 1 }.weekday();
        let has_53 = first == 3 || first == 2 && is_leap(year);
        if week != 53 || !has_53 {
            return Err(IsoError::Week);
        }
    }
    if !(1..=7).contains(&weekday) {
        return Err(IsoError::Weekday);
    }
    Ok(Day::of_ordinal(first_iso_monday(year) + (week - 1) * 7 + weekday - 1))
}

impl Clock {
    /// Seconds since midnight.
    pub fn seconds(self) -> i64 {
        self.hour as i64 * 3600 + self.minute as i64 * 60 + self.second as i64
    }

    /// The time so many microseconds after midnight.
    pub fn of_microseconds(microseconds: i64) -> Clock {
        let seconds = microseconds / SECOND;
        Clock {
            hour: (seconds / 3600) as u8,
            minute: (seconds / 60 % 60) as u8,
            second: (seconds % 60) as u8,
            microsecond: (microseconds % SECOND) as u32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinals() {
        assert_eq!(Day { year: 1, month: 1, day: 1 }.ordinal(), 1);
        assert_eq!(Day { year: 1970, month: 1, day: 1 }.ordinal(), EPOCH_ORDINAL);
        assert_eq!(Day { year: 9999, month: 12, day: 31 }.ordinal(), MAX_ORDINAL);
        let mut day = Day { year: 1, month: 1, day: 1 };
        for ordinal in 1..=MAX_ORDINAL {
            assert_eq!(Day::of_ordinal(ordinal), day);
            assert_eq!(day.ordinal(), ordinal);
            day.day += 1;
            if day.day > days_in_month(day.year, day.month) {
                day.day = 1;
                day.month += 1;
                if day.month > 12 {
                    day.month = 1;
                    day.year += 1;
                }
            }
        }
    }

    #[test]
    fn iso_weeks() {
        for ordinal in (1..MAX_ORDINAL).step_by(5) {
            let day = Day::of_ordinal(ordinal);
            let (year, week, weekday) = day.iso();
            if year >= 1 {
                assert_eq!(of_iso(year as i64, week, weekday), Ok(day));
            }
        }
        assert_eq!(of_iso(2021, 53, 1), Err(IsoError::Week));
        assert_eq!(of_iso(2020, 53, 8), Err(IsoError::Weekday));
    }
}

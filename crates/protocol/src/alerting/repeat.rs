use crate::named_enum::named_enum;
use serde::{Deserialize, Serialize};
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

named_enum! {
    /// A day of the week.
    #[cfg_attr(feature = "openapi", derive(ToSchema))]
    pub enum Weekday {
        /// Monday.
        Monday = "mon",
        /// Tuesday.
        Tuesday = "tue",
        /// Wednesday.
        Wednesday = "wed",
        /// Thursday.
        Thursday = "thu",
        /// Friday.
        Friday = "fri",
        /// Saturday.
        Saturday = "sat",
        /// Sunday.
        Sunday = "sun",
    }
}

/// When a maintenance window opens, each week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// The days on which it opens: at least one.
    pub days: Vec<Weekday>,
    /// The time of day at which it opens, as in `02:00`.
    pub at: String,
    /// The time zone of the days and the time, by its IANA name, as in `Europe/Berlin`.
    pub zone: String,
}

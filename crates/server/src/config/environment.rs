//! The environment's variables.

use super::setting::{ENV_PREFIX, Setting, variable};
use super::settings;
use super::source::{Assignment, Source};
use super::value::RawValue;
use std::ffi::OsString;

/// The settings of the environment; names of higher precedence are last: alias, deprecated name, name.
pub(super) fn read(environment: impl Fn(&str) -> Option<OsString>) -> Vec<Assignment> {
    let mut assigned = Vec::new();
    for setting in settings::all() {
        for name in names(setting) {
            let Some(value) = environment(&name) else {
                continue;
            };
            assigned.push(Assignment {
                setting,
                is_deprecated: setting
                    .deprecated_key
                    .is_some_and(|old| name == variable(old)),
                source: Source::Variable(name),
                raw: value
                    .into_string()
                    .map_or(RawValue::NotUnicode, RawValue::Text),
            });
        }
    }
    assigned
}

/// The names that look like a setting's and are none.
pub(super) fn unknown(names_set: impl Iterator<Item = String>) -> Vec<String> {
    let known: Vec<String> = settings::all().flat_map(names).collect();
    names_set
        .filter(|name| name.starts_with(ENV_PREFIX) && !known.contains(name))
        .collect()
}

fn names(setting: &Setting) -> Vec<String> {
    let alias = setting.alias.map(str::to_owned);
    let deprecated = setting.deprecated_key.map(variable);
    let all = [alias, deprecated, Some(setting.variable())];
    all.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_settings_own_variable_is_the_strongest() {
        let assigned = read(|name| {
            let is_set = [
                "DATABASE_URL",
                "WATCHROOM_DATABASE_URL",
                "WATCHROOM_KEEP__LOGS_MIB",
            ];
            is_set.contains(&name).then(|| name.into())
        });
        let names: Vec<_> = assigned
            .iter()
            .map(|it| (it.setting.key, it.name()))
            .collect();
        assert_eq!(
            names,
            [
                ("database_url", "DATABASE_URL"),
                ("database_url", "WATCHROOM_DATABASE_URL"),
                ("retention.streams.logs.mib", "WATCHROOM_KEEP__LOGS_MIB"),
            ]
        );
    }

    #[test]
    fn unknown_names_with_the_prefix_are_reported() {
        let names = [
            "WATCHROOM_LISTEN",
            "WATCHROOM_KEEP__LOGS_MIB",
            "WATCHROOM_LISTN",
            "PATH",
        ];
        assert_eq!(
            unknown(names.into_iter().map(str::to_owned)),
            ["WATCHROOM_LISTN"]
        );
    }
}

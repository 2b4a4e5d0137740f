use std::ffi::OsString;
use std::path::PathBuf;

const FOLDER: &str = "watchroom";

/// Where data is stored by default; empty where nothing in the environment names a directory whose name
/// is UTF-8, as the configuration file is. The working directory is never used: a
/// service does not choose it, and the next start may have another.
pub(super) fn default() -> String {
    let path = named_by(|name| std::env::var_os(name));
    path.and_then(|path| path.into_os_string().into_string().ok())
        .unwrap_or_default()
}

/// The XDG Base Directory Specification: `$XDG_DATA_HOME`, by default `~/.local/share`; relative paths
/// are to be ignored. Before the home, which a service often shares with others, comes what systemd
/// made for it: `StateDirectory=` (systemd.exec(5)), of several the first.
fn named_by(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let directory = |name| {
        variable(name)
            .map(PathBuf::from)
            .filter(|it| it.is_absolute())
    };
    let state = || {
        let all = variable("STATE_DIRECTORY")?;
        let first = all.to_str()?.split(':').next()?;
        Some(PathBuf::from(first)).filter(|it| it.is_absolute())
    };
    directory("XDG_DATA_HOME")
        .map(|it| it.join(FOLDER))
        .or_else(state)
        .or_else(|| Some(directory("HOME")?.join(".local/share").join(FOLDER)))
        .or_else(|| Some(directory("LOCALAPPDATA")?.join(FOLDER)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(variables: &[(&str, &str)], expected: Option<&str>) {
        let variable = |name: &str| {
            let mut all = variables.iter();
            all.find(|(known, _)| *known == name)
                .map(|(_, value)| OsString::from(value))
        };
        assert_eq!(
            named_by(variable),
            expected.map(PathBuf::from),
            "{variables:?}"
        );
    }

    #[test]
    fn it_is_where_the_environment_says_and_never_the_working_directory() {
        check(
            &[("HOME", "/home/anna")],
            Some("/home/anna/.local/share/watchroom"),
        );
        check(
            &[("HOME", "/home/anna"), ("XDG_DATA_HOME", "/x")],
            Some("/x/watchroom"),
        );
        check(
            &[("HOME", "/"), ("STATE_DIRECTORY", "/var/lib/watchroom")],
            Some("/var/lib/watchroom"),
        );
        check(
            &[("STATE_DIRECTORY", "/var/lib/one:/var/lib/two")],
            Some("/var/lib/one"),
        );
        for nothing in ["", ".", "data", "~"] {
            for name in ["HOME", "XDG_DATA_HOME", "STATE_DIRECTORY"] {
                check(&[(name, nothing)], None);
            }
        }
        check(&[], None);
    }
}

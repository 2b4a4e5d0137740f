//! The command line's flags.

use super::setting::{Kind, Setting};
use super::settings::{self, GROUPS};
use super::source::{Assignment, Source};
use super::value::RawValue;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use std::path::PathBuf;

const CONFIG: &str = "config";

/// The flags of `watchroom serve`: one for each setting that has one, and the configuration file's.
///
/// Their values are checked together with those of the file and the environment, so that a wrong one
/// reads the same wherever it came from; for clap they are texts.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// The configuration file to read instead of `watchroom.toml`.
    pub(super) config: Option<PathBuf>,
    assigned: Vec<(&'static str, Vec<String>)>,
}

impl Flags {
    /// No flag but the one that names a configuration file.
    pub fn file(path: PathBuf) -> Self {
        Self {
            config: Some(path),
            assigned: Vec::new(),
        }
    }

    pub(super) fn assigned(&self) -> Vec<Assignment> {
        let assigned = self.assigned.iter().filter_map(|(key, texts)| {
            let setting = settings::named(key)?;
            let raw = match (&setting.kind, texts.last()) {
                (Kind::List { .. }, _) | (_, None) => RawValue::Texts(texts.clone()),
                (_, Some(text)) => RawValue::Text(text.clone()),
            };
            Some(Assignment {
                setting,
                source: Source::Flag(setting.flag?.name),
                is_deprecated: false,
                raw,
            })
        });
        assigned.collect()
    }
}

impl clap::Args for Flags {
    fn augment_args(command: Command) -> Command {
        let config = Arg::new(CONFIG)
            .long("config")
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .help("Configuration file to read instead of watchroom.toml");
        let flags = GROUPS.iter().flat_map(|group| {
            let flags = group.settings.iter().filter_map(argument);
            flags.map(|flag| flag.help_heading(group.title))
        });
        command.arg(config).args(flags).after_help(
            "Every setting can also stand in the configuration file or in the environment, and some only \
             there:\n`watchroom config show` prints all of them. --ring-frames is `ring.frames` in \
             the file and\nWATCHROOM_RING__FRAMES in the environment.",
        )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let with_flag = settings::all().filter(|setting| setting.flag.is_some());
        let assigned = with_flag.filter_map(|setting| {
            let texts = matches.get_many::<String>(setting.key)?;
            Some((setting.key, texts.cloned().collect()))
        });
        Ok(Self {
            config: matches.get_one(CONFIG).cloned(),
            assigned: assigned.collect(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn argument(setting: &'static Setting) -> Option<Arg> {
    let flag = setting.flag?;
    let argument = Arg::new(setting.key)
        .long(flag.name.trim_start_matches('-'))
        .value_name(flag.value_name)
        .help(help(setting))
        .long_help(format!(
            "{}\n[accepted: {}]",
            help(setting),
            setting.accepted()
        ));
    Some(match &setting.kind {
        // `--demo` alone switches it on.
        Kind::Switch { .. } => argument
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true"),
        Kind::Integer { .. } => argument.allow_negative_numbers(true),
        Kind::List { .. } => argument.action(ArgAction::Append),
        Kind::Choice { .. } | Kind::Text { .. } | Kind::Tables { .. } => argument,
    })
}

fn help(setting: &Setting) -> String {
    let help = setting.help.replace('`', "");
    let default = match setting.default_in_words().as_str() {
        "" => String::new(),
        default => format!(" [default: {default}]"),
    };
    match setting.kind {
        Kind::List { .. } => format!("{help}; may be repeated"),
        _ => help + &default,
    }
}

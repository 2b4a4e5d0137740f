use crate::{Credential, Principal, Role, Scope};

/// What somebody may want to do. Every route and every message of the protocol declares one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Reads what everybody may read: files of the page, whether the server is alive, how to sign in.
    ReadPublic,
    /// Reads metrics, alerts and checks, live or stored. How much of the log, the access decides.
    ReadDashboard,
    /// Reads what users share with each other: rooms, who is here, rules, silences.
    Read,
    /// Reads the status page, where it is for users. Where it is for everybody, its routes take [`Action::ReadPublic`].
    ReadStatus,
    /// Reports metrics, events and logs.
    Ingest,
    /// Says something in rooms, and creates and changes rooms. Which ones, their members decide.
    Say,
    /// Reads boards. Which ones, their visibility decides, and for a token of a board [`may_read_board`].
    ReadBoards,
    /// Creates and changes boards. Which ones, their visibility and the role decide.
    EditBoards,
    /// Reports that a job has run. Which one, [`may_beat`] decides.
    Beat,
    /// Changes what belongs to the user: password, sessions, preferences.
    ManageOwnAccount,
    /// Creates and revokes one's own API tokens.
    ManageOwnTokens,
    /// Creates, changes and removes users.
    ManageUsers,
    /// Reads the audit log.
    ReadAudit,
    /// Reads how the server itself is doing, and who reports to it.
    ReadServer,
    /// Changes how the running server works, such as the level of its log.
    ManageServer,
    /// Changes rules of alerts, acknowledges and silences.
    ManageAlerts,
    /// Creates, tests and removes targets of notifications, and sees what became of them.
    ManageTargets,
    /// Reads and writes what the user has set up for itself, such as the theme.
    ManageOwnPreferences,
}

/// What an [`Action`] requires of a principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The least role; absent if everybody may do it, without a login, too.
    pub role: Option<Role>,
    /// The scope of a token that may do it, beside `admin`; absent if only `admin` tokens may.
    pub scope: Option<Scope>,
    /// Whether it takes a user, and not just a token of the server's.
    pub needs_user: bool,
    /// Whether the public may do it, where the server shows its dashboard to everybody.
    pub is_for_public: bool,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 18] = [
        Self::ReadPublic,
        Self::ReadDashboard,
        Self::Read,
        Self::ReadStatus,
        Self::Ingest,
        Self::Say,
        Self::ReadBoards,
        Self::EditBoards,
        Self::Beat,
        Self::ManageOwnAccount,
        Self::ManageOwnTokens,
        Self::ManageUsers,
        Self::ReadAudit,
        Self::ReadServer,
        Self::ManageServer,
        Self::ManageAlerts,
        Self::ManageTargets,
        Self::ManageOwnPreferences,
    ];

    /// The one table of who may do what.
    pub fn requirement(self) -> Requirement {
        let (role, scope, needs_user) = match self {
            Self::ReadPublic => (None, None, false),
            Self::ReadDashboard | Self::Read | Self::ReadStatus | Self::ReadBoards => {
                (Some(Role::Viewer), Some(Scope::Read), false)
            }
            Self::Ingest => (Some(Role::Operator), Some(Scope::Ingest), false),
            Self::Say => (Some(Role::Viewer), Some(Scope::Annotate), false),
            Self::EditBoards => (Some(Role::Viewer), None, false),
            // Tokens of each heartbeat, too, as `allows` says.
            Self::Beat => (Some(Role::Operator), Some(Scope::Ingest), false),
            Self::ManageOwnAccount | Self::ManageOwnTokens | Self::ManageOwnPreferences => {
                (Some(Role::Viewer), None, true)
            }
            Self::ManageUsers | Self::ReadAudit | Self::ManageServer | Self::ManageTargets => {
                (Some(Role::Admin), None, false)
            }
            Self::ReadServer => (Some(Role::Operator), Some(Scope::Read), false),
            Self::ManageAlerts => (Some(Role::Operator), None, false),
        };
        Requirement {
            role,
            scope,
            needs_user,
            is_for_public: matches!(self, Self::ReadPublic | Self::ReadDashboard),
        }
    }
}

/// Why an action is denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// There is no valid credential: 401, or close code 4001.
    #[error("sign in first, or send an API token")]
    NotSignedIn,
    /// The role or the scopes do not allow it: 403, or close code 4003.
    #[error("this {0}")]
    Forbidden(Lack),
}

/// What a principal lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// A role.
    Role(Role),
    /// A scope of its token.
    Scope,
    /// A user.
    User,
    /// A credential that lasts as long as what is to be created.
    Lasting,
    /// One-time codes, which an admin requires of the user.
    Totp,
}

impl std::fmt::Display for Lack {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Role(role) => write!(formatter, "takes the role `{}`", role.name()),
            Self::Scope => formatter.write_str("is not among the scopes of this token"),
            Self::User => formatter.write_str("takes a user, which this credential does not have"),
            Self::Lasting => formatter.write_str(
                "is not for users whom another program or a proxy signs in: it would outlive what these say of them",
            ),
            Self::Totp => {
                formatter.write_str("takes one-time codes: set them up in your account first")
            }
        }
    }
}

/// Whether the principal may do this. Nothing else decides.
///
/// # Errors
///
/// What it lacks.
pub fn authorize(principal: &Principal, action: Action) -> Result<(), Denied> {
    let requirement = action.requirement();
    let Some(least) = requirement.role else {
        return Ok(());
    };
    if requirement.is_for_public && principal.credential == Credential::Public {
        return Ok(());
    }
    let Some(role) = principal.role else {
        return Err(Denied::NotSignedIn);
    };
    if let Credential::Token { scopes, .. } = &principal.credential {
        let allows = |scope: &Scope| match scope {
            Scope::Admin => true,
            Scope::Beat(_) => action == Action::Beat,
            Scope::Board(_) => matches!(action, Action::ReadDashboard | Action::ReadBoards),
            scope => Some(scope) == requirement.scope.as_ref(),
        };
        if !scopes.iter().any(allows) {
            return Err(Denied::Forbidden(Lack::Scope));
        }
    }
    if principal.must_set_up_totp && action != Action::ManageOwnAccount {
        return Err(Denied::Forbidden(Lack::Totp));
    }
    if role < least {
        return Err(Denied::Forbidden(Lack::Role(least)));
    }
    // A token would outlive what the other program or the proxy says of its user.
    let is_external = matches!(
        principal.credential,
        Credential::Jwt { .. } | Credential::Proxy { .. }
    );
    if action == Action::ManageOwnTokens && is_external {
        return Err(Denied::Forbidden(Lack::Lasting));
    }
    let has_user = principal.user().is_some();
    if requirement.needs_user && !has_user {
        return Err(Denied::Forbidden(Lack::User));
    }
    Ok(())
}

/// Whether the principal, which may take [`Action::Beat`], may report this heartbeat: a token for heartbeats only those
/// that its scopes name.
///
/// # Errors
///
/// What it lacks.
pub fn may_beat(principal: &Principal, name: &str) -> Result<(), Denied> {
    authorize(principal, Action::Beat)?;
    let Credential::Token { scopes, .. } = &principal.credential else {
        return Ok(());
    };
    let allows = |scope: &Scope| match scope {
        Scope::Admin | Scope::Ingest => true,
        Scope::Beat(known) => known == name,
        _ => false,
    };
    match scopes.iter().any(allows) {
        true => Ok(()),
        false => Err(Denied::Forbidden(Lack::Scope)),
    }
}

/// Whether the principal, which may take [`Action::ReadBoards`], may read this board if others may: a token for boards only
/// those that its scopes name.
pub fn may_read_board(principal: &Principal, id: &str) -> bool {
    let Credential::Token { scopes, .. } = &principal.credential else {
        return true;
    };
    scopes.iter().any(|scope| match scope {
        Scope::Admin | Scope::Read => true,
        Scope::Board(known) => known == id,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use access::Access;

    fn principal(credential: Credential, role: Role) -> Principal {
        Principal {
            credential,
            role: Some(role),
            ..Principal::anonymous()
        }
    }

    fn token(user: Option<i64>, role: Role, scopes: &[Scope]) -> Principal {
        let scopes = scopes.to_vec();
        principal(
            Credential::Token {
                user,
                token: 1,
                scopes,
            },
            role,
        )
    }

    /// The actions that are allowed.
    fn allowed(principal: &Principal) -> Vec<Action> {
        let all = Action::ALL.into_iter();
        all.filter(|action| authorize(principal, *action).is_ok())
            .collect()
    }

    #[test]
    fn roles_include_those_before_them() {
        use Action::*;
        let session = |role| {
            principal(
                Credential::Session {
                    user: 1,
                    session: 1,
                },
                role,
            )
        };
        let own = [ManageOwnAccount, ManageOwnTokens, ManageOwnPreferences];
        assert_eq!(allowed(&Principal::anonymous()), [ReadPublic]);
        let viewer = allowed(&session(Role::Viewer));
        assert_eq!(
            viewer,
            [
                &[
                    ReadPublic,
                    ReadDashboard,
                    Read,
                    ReadStatus,
                    Say,
                    ReadBoards,
                    EditBoards,
                ][..],
                &own
            ]
            .concat()
            .sorted()
        );
        let operator = allowed(&session(Role::Operator));
        assert_eq!(
            operator,
            [
                &[
                    ReadPublic,
                    ReadDashboard,
                    Read,
                    ReadStatus,
                    Ingest,
                    Say,
                    ReadBoards,
                    EditBoards,
                    Beat,
                    ReadServer,
                    ManageAlerts
                ][..],
                &own
            ]
            .concat()
            .sorted()
        );
        assert_eq!(
            allowed(&session(Role::Admin)),
            Action::ALL.to_vec().sorted()
        );
    }

    #[test]
    fn a_token_does_what_its_scopes_and_its_user_allow() {
        use Action::*;
        assert_eq!(
            allowed(&token(Some(1), Role::Admin, &[Scope::Read])),
            [
                ReadPublic,
                ReadDashboard,
                Read,
                ReadStatus,
                ReadBoards,
                ReadServer
            ]
        );
        assert_eq!(
            allowed(&token(Some(1), Role::Viewer, &[Scope::Read])),
            [ReadPublic, ReadDashboard, Read, ReadStatus, ReadBoards]
        );
        assert_eq!(
            allowed(&token(Some(1), Role::Operator, &[Scope::Ingest])),
            [ReadPublic, Ingest, Beat]
        );
        assert_eq!(
            allowed(&token(Some(1), Role::Viewer, &[Scope::Ingest])),
            [ReadPublic]
        );
        assert_eq!(
            allowed(&token(Some(1), Role::Viewer, &[Scope::Annotate])),
            [ReadPublic, Say]
        );
        assert_eq!(
            allowed(&token(Some(1), Role::Admin, &[Scope::Agent("a".into())])),
            [ReadPublic]
        );
        let own = [ManageOwnAccount, ManageOwnTokens, ManageOwnPreferences];
        let server = allowed(&token(None, Role::Admin, &[Scope::Admin]));
        assert!(server.contains(&ManageUsers) && !own.iter().any(|it| server.contains(it)));
    }

    #[test]
    fn the_public_reads_the_dashboard_and_nothing_else() {
        let public = Principal::public(Access::dashboard());
        let expected = [Action::ReadPublic, Action::ReadDashboard];
        assert_eq!(allowed(&public), expected);
        let others = Action::ALL.into_iter().filter(|it| !expected.contains(it));
        for action in others {
            let denied = authorize(&public, action);
            assert_eq!(denied, Err(Denied::NotSignedIn), "{action:?}");
        }
        assert!(may_beat(&public, "backup").is_err());
    }

    #[test]
    fn a_token_of_a_heartbeat_reports_only_that() {
        let backup = token(Some(1), Role::Operator, &[Scope::Beat("backup".into())]);
        assert_eq!(allowed(&backup), [Action::ReadPublic, Action::Beat]);
        assert_eq!(may_beat(&backup, "backup"), Ok(()));
        assert!(may_beat(&backup, "other").is_err());
        let any = token(Some(1), Role::Operator, &[Scope::Ingest]);
        assert_eq!(may_beat(&any, "other"), Ok(()));
        let reader = token(Some(1), Role::Admin, &[Scope::Read]);
        assert!(may_beat(&reader, "backup").is_err());
        assert!(may_beat(&Principal::anonymous(), "backup").is_err());
    }

    #[test]
    fn a_token_of_a_board_reads_that_and_the_dashboard() {
        use Action::*;
        let board = token(Some(1), Role::Admin, &[Scope::Board("b7".into())]);
        assert_eq!(allowed(&board), [ReadPublic, ReadDashboard, ReadBoards]);
        assert!(board.credential.sees_only_dashboard());
        let reads = |principal: &Principal| ["b7", "b8"].map(|id| may_read_board(principal, id));
        assert_eq!(reads(&board), [true, false]);
        let scopes = [Scope::Board("b8".into()), Scope::Read];
        let both = token(Some(1), Role::Admin, &scopes);
        assert!(!both.credential.sees_only_dashboard());
        assert_eq!(reads(&both), [true, true]);
        assert_eq!(
            reads(&token(Some(1), Role::Admin, &[Scope::Ingest])),
            [false; 2]
        );
    }

    #[test]
    fn a_user_of_another_program_or_a_proxy_makes_no_lasting_tokens() {
        for credential in [Credential::Jwt { user: 1 }, Credential::Proxy { user: 1 }] {
            let principal = principal(credential, Role::Admin);
            let denied = authorize(&principal, Action::ManageOwnTokens);
            assert_eq!(denied, Err(Denied::Forbidden(Lack::Lasting)));
        }
    }

    #[test]
    fn codes_come_before_everything_else() {
        let mut session = principal(
            Credential::Session {
                user: 1,
                session: 1,
            },
            Role::Admin,
        );
        session.must_set_up_totp = true;
        assert_eq!(
            allowed(&session),
            [Action::ReadPublic, Action::ManageOwnAccount]
        );
    }

    #[test]
    fn login_off_is_everybodys_admin_without_a_user() {
        let all = allowed(&Principal::login_off(Access::everything()));
        assert!(all.contains(&Action::ManageUsers) && !all.contains(&Action::ManageOwnAccount));
    }

    trait Sorted {
        fn sorted(self) -> Self;
    }

    impl Sorted for Vec<Action> {
        fn sorted(mut self) -> Self {
            self.sort_by_key(|action| Action::ALL.iter().position(|it| it == action));
            self
        }
    }
}

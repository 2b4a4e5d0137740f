/// Which page a document is. Each has an address of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageKind {
    /// A host and what happens on it.
    Dashboard,
    /// Signs in with a name and a password.
    Login,
    /// Creates the first user, with the key of a setup link.
    Setup,
    /// One's own account: password, second factor, sessions, tokens.
    Account,
    /// All users, for admins.
    Users,
    /// What is firing, and the rules.
    Alerts,
    /// Targets that the server probes.
    Checks,
    /// Rooms, and what is said in one of them.
    Rooms,
    /// How the server itself is doing.
    Server,
    /// Who reports to it, and all series.
    Sources,
}

/// What of the rail depends on who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rights {
    /// Whether the user manages the others.
    pub(crate) manages_users: bool,
    /// Whether it may see how the server is doing.
    pub(crate) reads_server: bool,
}

impl PageKind {
    /// The pages of accounts.
    pub const ACCOUNTS: [Self; 4] = [Self::Login, Self::Setup, Self::Account, Self::Users];

    /// The pages beside the dashboard, which the server renders without data.
    const OTHERS: [Self; 9] = [
        Self::Login,
        Self::Setup,
        Self::Account,
        Self::Users,
        Self::Alerts,
        Self::Checks,
        Self::Rooms,
        Self::Server,
        Self::Sources,
    ];

    /// Below the path that the site stands under.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Dashboard => "/",
            Self::Login => "/login",
            Self::Setup => "/setup",
            Self::Account => "/account",
            Self::Users => "/users",
            Self::Alerts => "/alerts",
            Self::Checks => "/checks",
            Self::Rooms => "/rooms",
            Self::Server => "/server",
            Self::Sources => "/sources",
        }
    }

    /// Its heading; the dashboard's is the host.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Dashboard => "",
            Self::Login => "Sign in",
            Self::Setup => "Set up Watchroom",
            Self::Account => "Account",
            Self::Users => "Users",
            Self::Alerts => "Alerts",
            Self::Checks => "Checks",
            Self::Rooms => "Rooms",
            Self::Server => "Server",
            Self::Sources => "Sources",
        }
    }

    /// The page at a path below the site's, whatever its query; the dashboard at any other.
    pub(crate) fn at(path: &str) -> Self {
        let path = path.split('?').next().unwrap_or_default();
        for kind in Self::OTHERS {
            if kind.path() == path {
                return kind;
            }
        }
        Self::Dashboard
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_found_at_its_path() {
        for kind in PageKind::OTHERS {
            assert_eq!(PageKind::at(kind.path()), kind);
            assert_eq!(PageKind::at(&[kind.path(), "?next=/"].concat()), kind);
        }
        for path in ["/", "", "/loginx", "/login/"] {
            assert_eq!(PageKind::at(path), PageKind::Dashboard, "{path}");
        }
    }
}

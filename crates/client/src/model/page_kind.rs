use crate::kit::icon;

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
    /// All boards that people have built.
    Boards,
    /// One of them, in the frame of the dashboard.
    Board,
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

/// What every page knows of a page: the browser loads these rows with the first view.
#[derive(Clone, Copy)]
struct Row {
    kind: PageKind,
    /// Below the path that the site stands under.
    path: &'static str,
    /// Its heading; the dashboard's is the host.
    title: &'static str,
    /// The classes of its main part.
    class: &'static str,
}

const fn row(kind: PageKind, path: &'static str, title: &'static str, class: &'static str) -> Row {
    Row {
        kind,
        path,
        title,
        class,
    }
}

/// A row for each, in the order of the kinds.
const ROWS: [Row; 12] = [
    row(PageKind::Dashboard, "/", "", "dashboard"),
    row(PageKind::Login, "/login", "Sign in", "account"),
    row(PageKind::Setup, "/setup", "Set up Watchroom", "account"),
    row(PageKind::Account, "/account", "Account", "account"),
    row(PageKind::Users, "/users", "Users", "account"),
    row(PageKind::Alerts, "/alerts", "Alerts", "account alerts-page"),
    row(PageKind::Checks, "/checks", "Checks", "account checks-page"),
    row(PageKind::Rooms, "/rooms", "Rooms", "rooms-page"),
    row(PageKind::Boards, "/boards", "Boards", "account boards-page"),
    row(PageKind::Board, BOARD, "Board", "dashboard"),
    row(PageKind::Server, "/server", "Server", "account checks-page"),
    row(
        PageKind::Sources,
        "/sources",
        "Sources",
        "account checks-page",
    ),
];

/// What the address of a board begins with.
const BOARD: &str = "/boards?board=";

impl PageKind {
    /// The pages of accounts.
    pub const ACCOUNTS: [Self; 4] = [Self::Login, Self::Setup, Self::Account, Self::Users];

    const fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// Below the path that the site stands under.
    #[must_use]
    pub const fn path(self) -> &'static str {
        self.row().path
    }

    /// Its heading; the dashboard's is the host.
    pub(crate) const fn title(self) -> &'static str {
        self.row().title
    }

    /// The classes of its main part.
    pub(crate) const fn class(self) -> &'static str {
        self.row().class
    }

    /// The icon of what leads to it. No part of [`ROWS`]: the browser does not load icons that the server has drawn.
    pub(crate) const fn icon(self) -> &'static str {
        match self {
            Self::Dashboard => icon::OVERVIEW,
            Self::Login | Self::Setup | Self::Account => icon::USER,
            Self::Users => icon::VIEWERS,
            Self::Alerts => icon::BELL,
            Self::Checks => icon::CHECK,
            Self::Rooms => icon::ROOMS,
            Self::Boards | Self::Board => icon::BOARDS,
            Self::Server => icon::STATISTICS,
            Self::Sources => icon::OVERVIEW,
        }
    }

    /// The page at a path below the site's, whatever its query; the dashboard at any other.
    #[must_use]
    pub fn at(path: &str) -> Self {
        if path.starts_with(BOARD) {
            return Self::Board;
        }
        let path = path.split('?').next().unwrap_or_default();
        for row in ROWS {
            if row.path == path {
                return row.kind;
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
        for (place, row) in ROWS.into_iter().enumerate() {
            assert_eq!(row.kind as usize, place, "{}", row.path);
            assert_eq!(PageKind::at(row.path), row.kind);
            assert_eq!(PageKind::at(&[row.path, "?next=/"].concat()), row.kind);
        }
        for path in ["/", "", "/loginx", "/login/"] {
            assert_eq!(PageKind::at(path), PageKind::Dashboard, "{path}");
        }
        assert_eq!(PageKind::at("/boards?board=b7&host=a"), PageKind::Board);
    }
}

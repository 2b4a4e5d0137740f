use super::BoardError;
use crate::accounts::Accounts;
use crate::rooms::guest;
use accounts::{Action, Credential, Denied, Principal};
use protocol::Person;
use std::net::IpAddr;

/// The name of guests who do not say another.
const GUEST_NAME: &str = "Guest";

/// The sender of a request.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(super) person: Person,
    pub(super) principal: Principal,
    /// Where the request came from.
    pub(super) address: IpAddr,
}

impl Caller {
    /// Who sends a request; while login is off it may have any name.
    pub(crate) fn new(
        accounts: &Accounts,
        principal: Principal,
        address: IpAddr,
        name: Option<&str>,
    ) -> Result<Self, BoardError> {
        let person = match accounts.person(&principal) {
            Some(person) => person,
            None if principal.credential == Credential::LoginOff => {
                guest(name.unwrap_or(GUEST_NAME)).ok_or_else(|| {
                    let why = "`name` has 1 to 40 characters, and no spaces at its ends";
                    BoardError::Invalid(why.into())
                })?
            }
            None => return Err(BoardError::Denied(Denied::NotSignedIn)),
        };
        Ok(Self {
            person,
            principal,
            address,
        })
    }

    /// The sender with the rights that it has now that it is decided what it may do.
    pub(super) fn still_may(self, accounts: &Accounts, action: Action) -> Result<Self, BoardError> {
        let principal = accounts.still_authorized(&self.principal, action)?;
        Ok(Self { principal, ..self })
    }
}

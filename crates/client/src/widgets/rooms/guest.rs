use crate::kit::form::{Field, Submission, Work, field, form};
use crate::kit::piece::Piece;
use crate::kit::state::State;
use crate::session::rooms::RoomsSession;

/// Asks for a name, which nobody verifies while login is off.
pub(super) fn guest(session: RoomsSession) -> Piece {
    let name = State::new(session.name.get_untracked().unwrap_or_default());
    let fields = vec![field(Field {
        hint: "1 to 40 characters. Login is off on this server, so names are not verified.",
        autocomplete: "nickname",
        ..Field::text("guest-name", "Your name", name)
    })];
    let work = move || -> Work {
        let typed = name.get_untracked().trim().to_owned();
        Box::pin(async move {
            if !protocol::is_person_name(&typed) {
                return Err("A name has 1 to 40 characters.".to_owned());
            }
            session.take_name(&typed);
            Ok(String::new())
        })
    };
    form(
        "guest-form",
        fields,
        Submission::new(),
        "Join the conversation",
        Box::new(work),
    )
}

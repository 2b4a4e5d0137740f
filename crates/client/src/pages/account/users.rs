//! All users, for admins.

use super::context::{Context, role_name, send};
use super::entries::{Entries, action, focus_soon, heading_id, section, when_text};
use super::set_up::user_name;
use crate::kit::browser::{focus, uri_component};
use crate::kit::form::{Field, Submission, Work, field, form};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::select::{Select, option, select};
use crate::kit::state::State;
use crate::session::api::{Method, body};
use leptos::prelude::*;
use protocol::account::{NewUser, Origin, Role, UserChange, UserInfo, UserList};

const ID: &str = "user-list";

/// What is open below a user.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Password,
    Remove,
}

/// What the rows share.
#[derive(Clone, Copy)]
struct Rows {
    users: Entries<UserList>,
    /// Of which user something is open.
    open: State<Option<(String, Open)>>,
    submission: Submission,
}

/// All users, and a form for another one.
pub(super) fn users(context: Context) -> Piece {
    context.signed_in(
        move |user| {
            let rows = Rows {
                users: Entries::load("users"),
                open: State::new(None),
                submission: Submission::new(),
            };
            let own = user.name;
            let list = rows.users.show(move |list| {
                let items = list
                    .users
                    .iter()
                    .map(|user| item(rows, user, user.name == own));
                let items: Vec<_> = items.collect();
                view! { <ul class="entries">{items}</ul> }.into_piece()
            });
            let add = add_user(move || rows.users.reload());
            let content = view! {
                {list}
                {rows.submission.outcome()}
            };
            view! {
                {section(ID, "All users", content.into_piece())}
                {section("user-add", "Add a user", add)}
            }
            .into_piece()
        },
        || section("user-add", "Create the first user", first_user()),
    )
}

/// Whoever reaches the server while login is off may be somebody else than its owner, who has the command line.
fn first_user() -> Piece {
    view! {
        <p class="account-note">
            "On the server, run " <code translate="no">"watchroom user setup-link"</code>
            " and open the link that it prints, or run "
            <code translate="no">"watchroom user add NAME --role admin"</code> "."
        </p>
    }
    .into_piece()
}

impl Rows {
    /// Changes a user, and shows what it has become.
    fn change(self, name: String, change: UserChange, done: &'static str) {
        self.submission.run(self.changed(name, change, done));
    }

    fn changed(self, name: String, change: UserChange, done: &'static str) -> Work {
        Box::pin(async move {
            let request = ["users/", &uri_component(&name)].concat();
            send(Method::PATCH, &request, body(&change)).await?;
            self.close().await;
            Ok(done.to_owned())
        })
    }

    async fn close(self) {
        self.open.set(None);
        self.users.reload().await;
        focus(&heading_id(ID));
    }

    fn toggle(self, name: &str, what: Open, first: &str) {
        let wanted = Some((name.to_owned(), what));
        let is_open = self.open.with_untracked(|open| *open == wanted);
        self.open.set(if is_open { None } else { wanted });
        if !is_open {
            focus_soon(first.to_owned());
        }
    }
}

fn item(rows: Rows, user: &UserInfo, is_own: bool) -> Piece {
    let name = user.name.clone();
    let second = match (user.has_totp, user.must_set_up_totp) {
        (true, _) => "two-step sign-in on",
        (false, true) => "two-step sign-in required, not set up yet",
        (false, false) => "two-step sign-in off",
    };
    let origin = match user.origin {
        Origin::Local => "password",
        Origin::Jwt => "JSON Web Token",
        Origin::Proxy => "proxy",
    };
    let seen = when_text(user.last_seen_ms, "never");
    let facts = [origin, " · ", second, " · last seen ", &seen].concat();
    let controls = match is_own {
        true => view! {
            <span class="account-tag">{role_name(user.role)}</span>
            <span class="account-tag">"You"</span>
        }
        .into_piece(),
        false => controls(rows, user),
    };
    let of = name.clone();
    let below = move || match rows.open.get() {
        Some((open, Open::Password)) if open == of => set_password(rows, &of),
        Some((open, Open::Remove)) if open == of => remove(rows, &of),
        _ => ().into_piece(),
    };
    view! {
        <li class="entry" data-testid="user">
            <p class="entry-name" translate="no">{name}</p>
            <p class="entry-facts">{facts}</p>
            <div class="controls">{controls}</div>
            {below}
        </li>
    }
    .into_piece()
}

fn controls(rows: Rows, user: &UserInfo) -> Piece {
    let name = user.name.clone();
    let mut roles = Vec::new();
    for role in Role::ALL {
        roles.push(option(
            role.name().into(),
            role_name(role).into(),
            role == user.role,
        ));
    }
    let of = name.clone();
    let choose = move |value: String| {
        let role = Role::ALL.into_iter().find(|role| role.name() == value);
        let change = UserChange {
            role,
            ..UserChange::default()
        };
        rows.change(of.clone(), change, "The role is changed.");
    };
    let role = Select {
        test_id: "user-role",
        label: "Role",
        options: roles.into_piece(),
    };
    let mut pieces = vec![select(role, Box::new(choose)).into_piece()];
    if user.origin == Origin::Local {
        let of = name.clone();
        let open = move || rows.toggle(&of, Open::Password, "user-password");
        pieces.push(action(
            "user-set-password",
            "Set password",
            &name,
            Box::new(open),
        ));
        let is_on = user.has_totp || user.must_set_up_totp;
        let (label, done) = match is_on {
            false => (
                "Require two-step sign-in",
                "Two-step sign-in is required from now on.",
            ),
            true => ("Turn off two-step sign-in", "Two-step sign-in is off."),
        };
        let of = name.clone();
        let change = move || {
            let change = UserChange {
                totp: Some(!is_on),
                ..UserChange::default()
            };
            rows.change(of.clone(), change, done);
        };
        pieces.push(action("user-totp", label, &name, Box::new(change)));
    }
    let of = name.clone();
    let open = move || rows.toggle(&of, Open::Remove, "user-remove-name");
    pieces.push(action("user-remove", "Remove", &name, Box::new(open)));
    pieces.into_piece()
}

fn set_password(rows: Rows, name: &str) -> Piece {
    let password = State::new(String::new());
    let fields = vec![field(Field::new_password(
        "user-password",
        "New password",
        password,
    ))];
    let name = name.to_owned();
    let work = move || {
        let change = UserChange {
            password: Some(password.get_untracked()),
            ..UserChange::default()
        };
        rows.changed(name.clone(), change, "")
    };
    form(
        "user-password-form",
        fields,
        Submission::new(),
        "Set password",
        Box::new(work),
    )
}

/// The name is typed, so that nobody is removed by a slip.
fn remove(rows: Rows, name: &str) -> Piece {
    let typed = State::new(String::new());
    let fields = vec![field(Field {
        hint: "Type the user's name to confirm. Its sessions and tokens end at once.",
        ..Field::text("user-remove-name", "Name", typed)
    })];
    let name = name.to_owned();
    let work = move || {
        let name = name.clone();
        let is_meant = typed.get_untracked().trim() == name;
        let work = async move {
            if !is_meant {
                return Err(["The name is not ", &name, "."].concat());
            }
            let request = ["users/", &uri_component(&name)].concat();
            send(Method::DELETE, &request, None).await?;
            rows.close().await;
            Ok(String::new())
        };
        Box::pin(work) as _
    };
    form(
        "user-remove-form",
        fields,
        Submission::new(),
        "Remove user",
        Box::new(work),
    )
}

/// A form for a new user; `done` follows.
fn add_user<F: Future<Output = ()> + 'static>(
    done: impl Fn() -> F + Copy + Send + 'static,
) -> Piece {
    let name = State::new(String::new());
    let password = State::new(String::new());
    let role = State::new(Role::Viewer);
    let mut roles = Vec::new();
    for each in Role::ALL {
        roles.push(option(
            each.name().into(),
            role_name(each).into(),
            each == Role::Viewer,
        ));
    }
    let choice = Select {
        test_id: "new-user-role",
        label: "Role",
        options: roles.into_piece(),
    };
    let choose = move |value: String| {
        if let Some(chosen) = Role::ALL.into_iter().find(|role| role.name() == value) {
            role.set(chosen);
        }
    };
    let choice = view! {
        <div class="form-field">
            <span class="form-label" aria-hidden="true">"Role"</span>
            {select(choice, Box::new(choose))}
        </div>
    };
    let fields = vec![
        field(Field {
            autocomplete: "off",
            ..user_name("new-user", name)
        }),
        field(Field::new_password(
            "new-user-password",
            "Password",
            password,
        )),
        choice.into_piece(),
    ];
    let work = move || {
        let request = NewUser {
            name: name.get_untracked().trim().to_owned(),
            password: password.get_untracked(),
            role: role.get_untracked(),
        };
        let work = async move {
            send(Method::POST, "users", body(&request)).await?;
            name.set(String::new());
            password.set(String::new());
            done().await;
            Ok(["User ", &request.name, " is created."].concat())
        };
        Box::pin(work) as _
    };
    form(
        "user-form",
        fields,
        Submission::new(),
        "Create user",
        Box::new(work),
    )
}

//! A widget in its place.

use super::arrangement::Placed;
use super::editor::Editor;
use super::{keys, pointer};
use crate::kit::browser::set_style;
use crate::kit::icon::{self, icon};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::{live, on_change, when};
use crate::pages::registry::make;
use crate::session::history;
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::{spawn_local, tick};
use protocol::{Item, Widget};
use std::hash::{DefaultHasher, Hash, Hasher};
use web_sys::{KeyboardEvent, PointerEvent};

/// The identifier of the element of a widget.
pub(super) fn element_id(widget: &str) -> String {
    ["board-", widget].concat()
}

/// A widget with what it is moved and resized by. What is made of it is made again when the widget is another one, and
/// only then.
pub(super) fn board_item(editor: Editor, id: String) -> Piece {
    let element = NodeRef::<Div>::new();
    follow_place(editor, id.clone(), element);
    let of = id.clone();
    let label = live(move || {
        // Another title, or another place.
        editor.session.shown.track();
        editor.grabbed.track();
        keys::place_of(editor, &of)
    });
    let of = id.clone();
    let kind = live(move || {
        let of = &of;
        editor
            .session
            .shown
            .with(|board| board.widgets.get(of).map(|it| it.kind.clone()))
            .unwrap_or_default()
    });
    let of = id.clone();
    let element_id = element_id(&id);
    let data_widget = id.clone();
    let state = live(move || {
        let is_grabbed = editor.grabbed.with(|it| match it {
            Some(it) => it.item.widget == of,
            None => false,
        });
        let is_selected = editor.selected.with(|it| it.as_ref() == Some(&of));
        match (is_grabbed, is_selected) {
            (true, _) => "grabbed",
            (_, true) => "selected",
            _ => "",
        }
        .into()
    });
    let tab_index = live(move || if editor.is_on.get() { "0" } else { "-1" }.into());
    let (down_of, key_of) = (id.clone(), id.clone());
    view! {
        <div
            class="board-item"
            id=element_id
            data-widget=data_widget
            data-testid="board-item"
            data-kind=kind
            data-state=state
            node_ref=element
            role="group"
            aria-label=label
            tabindex=tab_index
            on:pointerdown=move |event: PointerEvent| pointer::down(editor, &down_of, &event)
            on:pointermove=move |event: PointerEvent| pointer::moved(editor, &event)
            on:pointerup=move |_| pointer::up(editor)
            on:pointercancel=move |_| pointer::cancelled(editor)
            on:keydown=move |event: KeyboardEvent| keys::on_widget(editor, &key_of, &event)
        >
            {content(editor, id.clone())}
            {handles(editor, id)}
        </div>
    }
    .into_piece()
}

/// The widget itself.
fn content(editor: Editor, id: String) -> Piece {
    let widget = move |id: &str| -> Option<Widget> {
        let known = editor.session.shown.with(|it| it.widgets.get(id).cloned());
        known.map(|it| editor.bound(it))
    };
    let of = id.clone();
    let content = Memo::new(move |_| widget(&of).map(|widget| content_hash(&widget)));
    let view = move || {
        content.track();
        let Some(widget) = untrack(|| widget(&id)) else {
            return ().into_piece();
        };
        let context = editor.context.get_value();
        let made = make(&context, &id, &widget);
        let page = context.page;
        spawn_local(async move {
            tick().await;
            history::resolve_selectors(page);
        });
        made
    };
    view.into_piece()
}

/// A number that is another one for another widget.
fn content_hash(widget: &Widget) -> u64 {
    let mut hasher = DefaultHasher::new();
    // Widgets always serialise.
    serde_json::to_string(widget)
        .unwrap_or_default()
        .hash(&mut hasher);
    hasher.finish()
}

fn handles(editor: Editor, id: String) -> Piece {
    let name = {
        let id = id.clone();
        move |what: &'static str| {
            let id = id.clone();
            live(move || {
                editor.session.shown.track();
                [what, " ", &editor.name(&id)].concat()
            })
        }
    };
    let (configure, configured) = (id.clone(), id);
    let is_configured = live(move || {
        let is_it = editor.selected.with(|it| it.as_ref() == Some(&configured));
        is_it.to_string()
    });
    view! {
        <div class="board-handles" hidden=when(move || !editor.is_on.get())>
            <span class="board-grab" title="Drag to move" aria-hidden="true">{icon(icon::GRIP)}</span>
            <button
                class="button chip bare"
                type="button"
                data-testid="board-configure"
                title=name("Configure")
                aria-label=name("Configure")
                aria-pressed=is_configured
                on:click=move |_| editor.configure(&configure)
            >
                {icon(icon::SETTINGS)}
            </button>
        </div>
        <span class="board-resize" aria-hidden="true" hidden=when(move || !editor.is_on.get())></span>
    }
    .into_piece()
}

/// Keeps the element where the widget is.
fn follow_place(editor: Editor, id: String, element: NodeRef<Div>) {
    let known = StoredValue::new(None::<Placed>);
    on_change(move || {
        let placed = editor.arrangement.with(|it| it.of(&id).cloned());
        if let (Some(element), Some(placed)) = (element.get(), placed)
            && known.with_value(|known| known.as_ref() != Some(&placed))
        {
            set_place(&element, &placed);
            known.set_value(Some(placed));
        }
    });
}

/// Sets the properties by which the style sheet places an element.
pub(super) fn set_place(element: &web_sys::Element, placed: &Placed) {
    let set = |name: &str, value: u16| {
        // The element is one of HTML, and a custom property takes any value.
        let _ = set_style(element, name, &value.to_string());
    };
    let Placed { wide, narrow } = placed;
    let properties = |item: &Item| [item.x + 1, item.y + 1, item.w, item.h];
    for (name, value) in ["--x", "--y", "--w", "--h"]
        .into_iter()
        .zip(properties(wide))
    {
        set(name, value);
    }
    for (name, value) in ["--x6", "--y6", "--w6", "--h6"]
        .into_iter()
        .zip(properties(narrow))
    {
        set(name, value);
    }
}

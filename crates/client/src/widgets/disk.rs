use super::bar::bar;
use super::card::{card, sample_note};
use super::memory::of_total;
use super::reading::{of_sample, percent, reading, reason};
use crate::format;
use crate::store::View;
use leptos::prelude::*;
use protocol::{Disk, Memory};

/// The fullest filesystem: the one that will make trouble first.
pub(crate) fn disk(view: View) -> AnyView {
    let used = of_sample(view, |sample| sample.disk);
    let fullest = of_sample(view, |sample| {
        let disks = sample.disks.iter();
        let fullest = disks.max_by(|a, b| a.percent.total_cmp(&b.percent))?;
        Some((fullest.mount.clone(), space(fullest)))
    });
    let detail = move || match (reason(view, used), fullest.get()) {
        (Some(reason), _) => (reason.to_owned(), String::new()),
        (None, Some(fullest)) => (fullest.1, fullest.0),
        (None, None) => Default::default(),
    };
    let content = view! {
        {reading("disk-value", Signal::derive(move || used.get().map(percent)))}
        {bar(used)}
        <div class="detail">
            <p>{move || detail().0}</p>
            <p class="clip">{move || detail().1}</p>
        </div>
    };
    card(
        "disk",
        "Fullest disk",
        sample_note(view),
        content.into_any(),
    )
}

/// Each filesystem, where the host has any to show.
pub(crate) fn disks(view: View) -> AnyView {
    let disks = of_sample(view, |sample| Some(sample.disks.clone()));
    let disks = move || disks.get().unwrap_or_default();
    let rows = move || disks().into_iter().map(row).collect_view();
    let content = view! { <ul class="rows">{rows}</ul> }.into_any();
    let card = card("disks", "Disks", sample_note(view), content);
    hidden_unless(move || !disks().is_empty(), card)
}

/// Keeps a card off the page while there is nothing to put into it.
pub(super) fn hidden_unless(shown: impl Fn() -> bool + Send + 'static, card: AnyView) -> AnyView {
    view! {
        <div class="cell" hidden=move || !shown()>
            {card}
        </div>
    }
    .into_any()
}

fn row(disk: Disk) -> AnyView {
    let rates = match (disk.read, disk.written) {
        (Some(read), Some(written)) => format!(
            "read {}, written {}",
            format::rate(read as f64).joined(),
            format::rate(written as f64).joined()
        ),
        _ => String::new(),
    };
    let space = space(&disk);
    let share = Some(disk.percent);
    view! {
        <li class="row">
            <span class="row-name clip">{disk.mount}</span>
            <span class="row-value">{percent(disk.percent).joined()}</span>
            {bar(Signal::stored(share))}
            <span class="row-detail">{space}</span>
            <span class="row-detail row-end">{rates}</span>
        </li>
    }
    .into_any()
}

fn space(disk: &Disk) -> String {
    of_total(Memory {
        used: disk.used_bytes,
        total: disk.total_bytes,
    })
}

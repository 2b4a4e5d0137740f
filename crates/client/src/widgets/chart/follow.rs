//! What makes charts paint anew: samples, sizes, visibility, theme, pause and playback.

use super::command::Command;
use super::controls::Control;
use super::group::{ChartGroup, Charts, observe};
use super::paint::DESCRIPTION_INTERVAL_MS;
use crate::kit::browser::{
    ElementObserver, Frame, Inputs, has_range, monotonic_ms, on_font, on_print, on_window,
};
use crate::kit::text::on_change;
use crate::model::Part;
use leptos::prelude::*;

impl Charts {
    /// Starts once the page is in the browser.
    pub(super) fn start(self) {
        on_change(move || {
            self.observe_browser();
            self.follow_samples();
            self.follow_theme();
            self.follow_pause();
            self.follow_playback();
            if has_range() {
                self.control(Control::Address);
            }
        });
    }

    fn observe_browser(self) {
        let mut group = self.group.write_value();
        if group.frame.is_some() {
            return;
        }
        group.frame = Some(Frame::new(move || self.paint()));
        group.inputs = Some(Inputs::new(Box::new(move |element, input| {
            let handled = self.handle_input(element, input);
            self.request();
            handled
        })));
        group.observer = ElementObserver::new(
            Box::new(move |element, width, height| {
                self.change(&element, |canvas| canvas.size = (width, height));
            }),
            Box::new(move |element, seen| {
                self.change(&element, |canvas| canvas.set_seen(seen));
            }),
        );
        let ChartGroup {
            canvases,
            observer,
            inputs,
            ..
        } = &*group;
        for canvas in canvases {
            observe(observer, inputs, &canvas.element);
        }
        drop(group);
        // What was measured and painted in another font is done again.
        on_font(move || self.context.theme.notify());
        // Another screen, or another size of the page's text.
        on_window("resize", move || self.request());
        on_print(move |prints| self.print(prints));
        on_change(move || {
            self.context.visible.track();
            // What was loaded is described at once.
            self.context.playback_state.loading.track();
            self.refresh_descriptions();
        });
    }

    fn follow_samples(self) {
        for part in [Part::Samples, Part::Data] {
            on_change(move || {
                self.context.shown.read(part, |_| ());
                let now_ms = self.context.shown.server_now_ms(monotonic_ms());
                let group = self.group.read_value();
                let mut canvases = group.canvases.iter();
                // A frame has a cost even if it paints nothing.
                let is_seen = self.context.shown.read_untracked(|model| {
                    canvases.any(|canvas| canvas.seen && canvas.plan.follows(model, part))
                });
                let is_due = now_ms - group.described_at_ms >= DESCRIPTION_INTERVAL_MS;
                drop(group);
                if is_seen || is_due {
                    self.request();
                }
            });
        }
    }

    fn follow_theme(self) {
        on_change(move || {
            self.context.theme.track();
            self.context.clock.track();
            let mut group = self.group.write_value();
            group.palette = None;
            group.theme += 1;
            drop(group);
            self.request();
        });
    }

    fn follow_pause(self) {
        on_change(move || {
            let paused = self.context.paused.get();
            let now_ms = self.context.shown.server_now_ms(monotonic_ms());
            self.group.write_value().paused_ms = paused.then_some(now_ms);
            self.request();
        });
    }

    fn follow_playback(self) {
        on_change(move || {
            let moment_ms = self.context.playback_state.moment.get();
            let before_ms = {
                let mut group = self.group.write_value();
                std::mem::replace(&mut group.moment_ms, moment_ms)
            };
            match (moment_ms, before_ms) {
                (Some(at_ms), _) => {
                    self.command(Command::Reveal(at_ms), None);
                    // The timeline that comes now shows what is described.
                    if before_ms.is_none() {
                        self.refresh_descriptions();
                    }
                }
                (None, Some(_)) => self.command(Command::Reset, None),
                (None, None) => {}
            }
            self.request();
        });
    }
}

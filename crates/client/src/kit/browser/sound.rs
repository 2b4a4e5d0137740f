use gloo_timers::callback::Timeout;
use web_sys::AudioContext;

/// How loud a beep begins, of 1.
const VOLUME: f32 = 0.12;

/// As good as silent: an exponential ramp cannot end at 0.
const SILENT: f32 = 0.0001;

/// How long a beep fades, in seconds.
const FADE_S: f64 = 0.35;

/// It is over by then, in milliseconds.
const CLOSE_MS: u32 = 1_000;

/// A short tone of this pitch. Browsers keep a page silent until its user has touched it.
pub(crate) fn beep(hertz: f32) {
    // There is nothing to do about a browser without sound.
    let _ = try_beep(hertz);
}

fn try_beep(hertz: f32) -> Result<(), wasm_bindgen::JsValue> {
    let context = AudioContext::new()?;
    let (tone, volume) = (context.create_oscillator()?, context.create_gain()?);
    let end_s = context.current_time() + FADE_S;
    tone.frequency().set_value(hertz);
    volume.gain().set_value(VOLUME);
    volume
        .gain()
        .exponential_ramp_to_value_at_time(SILENT, end_s)?;
    tone.connect_with_audio_node(&volume)?;
    volume.connect_with_audio_node(&context.destination())?;
    // A context is a thread of the browser's. Its own time stands still until the user has touched
    // the page, so it is closed by the page's.
    Timeout::new(CLOSE_MS, move || drop(context.close())).forget();
    tone.start()?;
    tone.stop_with_when(end_s)
}

//! Draws charts as the page does, for `cargo xtask bench chart` to take the time. Not in what the
//! page loads.
use crate::widgets::ChartBench;
use wasm_bindgen::prelude::*;
use web_sys::Element;

/// Charts of made-up samples, one a second.
#[wasm_bindgen]
pub struct Charts {
    bench: ChartBench,
}

#[wasm_bindgen]
impl Charts {
    /// One chart within each of some elements, whose sizes are in CSS pixels.
    #[wasm_bindgen(constructor)]
    pub fn new(places: Vec<Element>, width: f64, height: f64, samples: u32) -> Self {
        Self {
            bench: ChartBench::new(places, (width, height), samples),
        }
    }

    /// Paints all of them so many seconds later.
    pub fn draw(&mut self, second: f64) {
        self.bench.draw(second);
    }

    /// The value at a second, for whoever draws the same.
    pub fn value(second: f64) -> f64 {
        crate::widgets::bench_value(second)
    }
}

//! Waking the worker: at once through a message channel, or a little later by a timer; never twice for one reason.

use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsValue;
use web_sys::{MessageChannel, MessagePort};

/// When to wake next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// As soon as waiting messages have been seen to.
    Now,
    /// After so many milliseconds.
    Soon(i32),
    /// When there is a message.
    Wait,
}

/// Wakes the worker and does its slice.
pub struct Wake {
    port: Option<MessagePort>,
    posted: Cell<bool>,
    timer: RefCell<Option<Timeout>>,
    slice: RefCell<Box<dyn FnMut() -> Next>>,
}

impl Wake {
    /// Does `slice` whenever it wakes. It stays for as long as the worker does.
    pub fn new(slice: impl FnMut() -> Next + 'static) -> Rc<Wake> {
        let channel = MessageChannel::new().ok();
        let wake = Rc::new(Wake {
            port: channel.as_ref().map(MessageChannel::port2),
            posted: Cell::new(false),
            timer: RefCell::new(None),
            slice: RefCell::new(Box::new(slice)),
        });
        if let Some(channel) = channel {
            let woken = Rc::clone(&wake);
            EventListener::new(&channel.port1(), "message", move |_| {
                woken.posted.set(false);
                woken.run();
            })
            .forget();
            channel.port1().start();
        }
        wake
    }

    /// Sees to it that it wakes by `next`.
    pub fn at(self: &Rc<Wake>, next: Next) {
        match next {
            Next::Wait => {}
            _ if self.posted.get() => {}
            Next::Now => {
                self.timer.replace(None);
                self.posted.set(self.port.as_ref().is_some_and(|port| port.post_message(&JsValue::NULL).is_ok()));
                if !self.posted.get() {
                    self.after(0);
                }
            }
            Next::Soon(ms) => self.after(ms),
        }
    }

    fn after(self: &Rc<Wake>, ms: i32) {
        if self.timer.borrow().is_some() {
            return;
        }
        let woken = Rc::clone(self);
        let timer = Timeout::new(ms.max(0).unsigned_abs(), move || {
            // The timer has run out; dropping it has nothing left to cancel.
            drop(woken.timer.take());
            woken.run();
        });
        self.timer.replace(Some(timer));
    }

    fn run(self: &Rc<Wake>) {
        let next = (self.slice.borrow_mut())();
        self.at(next);
    }
}

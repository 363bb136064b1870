//! Ports: what the system asks of its partners. Each has a small working stand-in in `kaguan-partner-sim`.

use kaguan_domain::application::RegisterCheck;
use kaguan_domain::application::form::ApplicationForm;
use kaguan_domain::ctx::Instant;
use kaguan_domain::link::Answer;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A boxed future, so that a port can be held as a trait object.
pub type Reply<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// 公安 and 社保 registers (R8.3). A register that does not answer says so in its checks; it is never an error.
pub trait Registers: Send + Sync {
    /// Checks identity, alive status and entitlement of some people at once; one list of checks for each, in order.
    fn check<'a>(&'a self, people: &'a [ApplicationForm], now: Instant)
    -> Reply<'a, Vec<Vec<RegisterCheck>>>;
}

/// A message to one partner, from the outbox. Delivered in order for each card, at least once.
#[derive(Clone, PartialEq, Debug)]
pub struct Message {
    /// Identity; the partner drops what it has seen.
    pub id: i64,
    /// To whom: `sms`, `ecard`, `treasury`, `bank:95588`.
    pub partner: String,
    /// What it is: `sms`, `ecard.issue`.
    pub kind: String,
    /// The body, JSON.
    pub body: String,
}

/// Why a message was not delivered.
#[derive(Clone, PartialEq, Debug)]
pub enum DeliveryError {
    /// Try again later.
    Later(String),
    /// Never: the partner refuses it.
    Refused(String),
}

/// A partner that takes messages: SMS gateway, 全国社保卡服务平台, banks, the treasury.
pub trait Courier: Send + Sync {
    /// Delivers one message. A bank may say at once what it made of a link message.
    fn deliver<'a>(&'a self, message: &'a Message) -> Reply<'a, Result<Option<Answer>, DeliveryError>>;
}

/// Everybody around the system.
#[derive(Clone)]
pub struct Partners {
    /// 公安, 社保.
    pub registers: Arc<dyn Registers>,
    /// SMS gateway.
    pub sms: Arc<dyn Courier>,
    /// 全国社保卡服务平台.
    pub ecard: Arc<dyn Courier>,
    /// Service banks: what they must mirror. A message names its bank.
    pub banks: Arc<dyn Courier>,
    /// 财政非税票据: fee orders.
    pub treasury: Arc<dyn Courier>,
}

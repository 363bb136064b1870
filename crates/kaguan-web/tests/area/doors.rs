//! Where every address of the console stands in the matrix: whose verb it is, where its subject lies, and how it is called. An address
//! that is not here fails the test, and so does a row without an address.

use kaguan_domain::permission::Verb;
use kaguan_domain::permission::Verb as V;

/// Where the subject of an address lies: what the scope of a role is compared with.
#[derive(Clone, Copy, Debug)]
pub enum Lies {
    /// Served everywhere in the province, or it lies nowhere yet; what is done is done at the officer's own organisation.
    Anywhere,
    /// At the outlet that took the application in, or keeps the paper or the box.
    Outlet,
    /// In the city that issues the card.
    City,
    /// In the city, and at the offices that it entrusts with confirming batches of their bank.
    Confirms,
    /// At the card's bank.
    Bank,
}
use Lies::{Anywhere, Bank, City, Confirms, Outlet};

/// Who comes in at an address.
#[derive(Clone, Copy, Debug)]
pub enum Opens {
    /// For whoever is not signed in as well; it tells nothing of anybody.
    Everybody,
    /// For whoever is signed in, what is the officer's own; the same thing of another officer is not there.
    Own,
    /// The same, and nothing of another can be named at all.
    Oneself,
    /// By the matrix: any of these is enough.
    Matrix(&'static [(Verb, Lies)]),
}
use Opens::{Everybody, Matrix, Oneself, Own};

/// One address and a way to call it: `<batch>` and the like are things of an area.
pub struct Row {
    pub method: &'static str,
    pub path: &'static str,
    pub opens: Opens,
    /// The path as it is called.
    pub to: &'static str,
    pub form: &'static str,
}

const fn get(path: &'static str, to: &'static str, opens: Opens) -> Row {
    Row { method: "GET", path, opens, to, form: "" }
}

const fn post(path: &'static str, form: &'static str, opens: Opens) -> Row {
    Row { method: "POST", path, opens, to: path, form }
}

const LOOK: Opens = Matrix(&[(V::LookAtHolder, Anywhere)]);
/// Nobody's who is signed in.
const ALONE: Opens = Matrix(&[]);
const CARD: &str = "holder=<person>&card=<card>";
/// Whose document was seen.
const SLIP: &str = "holder=<person>&document_kind=1&document_number=<number>&verified=1";

/// Every address but the screens themselves, which open by their verbs.
pub const DOORS: &[Row] = &[
    // The door itself, and what says nothing of anybody.
    get("/sign-in", "/sign-in", Everybody),
    get("/sign-in/code", "/sign-in/code", Everybody),
    post("/sign-in", "login=x&password=x", Everybody),
    post("/sign-in/code", "code=1", Everybody),
    post("/sign-out", "", Everybody),
    get("/style.css", "/style.css", Everybody),
    get("/script.js", "/script.js", Everybody),
    get("/gallery", "/gallery", Everybody),
    get("/journal-heads", "/journal-heads", Everybody),
    get("/verify/{code}", "/verify/AAAA", Everybody),
    // One's own.
    get("/", "/", Oneself),
    get("/sign-in/stay", "/sign-in/stay", Oneself),
    get("/reauthenticate", "/reauthenticate", Oneself),
    post("/reauthenticate", "password=wrong", Oneself),
    get("/password", "/password", Oneself),
    post("/password/sessions", "which=none", Oneself),
    post("/password", "old=wrong&new=Another-1-password&again=Another-1-password", Oneself),
    get("/second-factor", "/second-factor", Oneself),
    post("/second-factor", "factor=1&code=1", Oneself),
    post("/second-factor/end", "", Oneself),
    get("/done/{form}", "/done/0000000000000000000000000000abcd-0", Own),
    get("/drafts/{id}", "/drafts/<draft>", Own),
    post("/drafts", "form=/apply&draft=<draft>&name=x", Oneself),
    Row { to: "/drafts/<draft>/drop", ..post("/drafts/{id}/drop", "", Oneself) },
    get("/photos/{key}", "/photos/<photo of another session>", Own),
    get("/photos/refused/{id}", "/photos/refused/1", Own),
    post("/photos/check", "", Oneself),
    get("/archive/pages/{key}", "/archive/pages/<key of another session>", Own),
    // Looks: a person is served wherever he comes; the address is the session's.
    post("/people", "number=<number>", LOOK),
    post("/people", "holder=<person>", LOOK),
    get("/people/{key}", "/people/<key>", LOOK),
    post("/people/unmask", "holder=<person>&field=mobile&reason=x", LOOK),
    get("/forms/{kind}", "/forms/loss", Matrix(&[(V::PrintReceipt, Anywhere)])),
    get("/forms/{kind}/pdf", "/forms/blank/pdf", Matrix(&[(V::PrintReceipt, Anywhere)])),
    post("/collect", "holder=<person>", LOOK),
    get("/collect/{key}", "/collect/<key>", LOOK),
    post("/enable", "holder=<person>", LOOK),
    get("/enable/{key}", "/enable/<key>", LOOK),
    post("/activate", "holder=<person>", LOOK),
    get("/activate/{key}", "/activate/<key>", LOOK),
    post("/pin", "holder=<person>", LOOK),
    get("/pin/{key}", "/pin/<key>", LOOK),
    post("/loss", "holder=<person>", LOOK),
    get("/loss/{key}", "/loss/<key>", LOOK),
    post("/cancel", "holder=<person>", LOOK),
    get("/cancel/{key}", "/cancel/<key>", LOOK),
    post("/restrict", "holder=<person>", LOOK),
    get("/restrict/{key}", "/restrict/<key>", LOOK),
    post("/details", "holder=<person>", LOOK),
    get("/details/{key}", "/details/<key>", LOOK),
    post("/bank-change", "holder=<person>", LOOK),
    get("/bank-change/{key}", "/bank-change/<key>", LOOK),
    post("/expedite", "holder=<person>", LOOK),
    get("/expedite/{key}", "/expedite/<key>", LOOK),
    post("/recall", "holder=<person>", LOOK),
    get("/recall/{key}", "/recall/<key>", LOOK),
    post("/offer-again", "holder=<person>", LOOK),
    get("/offer-again/{key}", "/offer-again/<key>", LOOK),
    post("/post", "holder=<person>", LOOK),
    get("/post/{key}", "/post/<key>", LOOK),
    post("/replace", "number=<number>", LOOK),
    get("/replace/{key}", "/replace/<key>", LOOK),
    post("/cards-on-their-way", "number=<number>", LOOK),
    post("/instant", "number=<number>", LOOK),
    post("/archive", "number=<number>", LOOK),
    get("/archive/{key}", "/archive/<key>", LOOK),
    post("/joins", "stays=<number>&other=<other number>", Matrix(&[(V::DecideJoin, Anywhere)])),
    post("/joins/look", "holder=<person>&other=<waiting>", Matrix(&[(V::DecideJoin, Anywhere)])),
    get("/failures/{key}", "/failures/<key>", LOOK),
    post("/waiting", "holder=<waiting>", LOOK),
    post("/one-card", "holder=<person>&number=<number>", Matrix(&[(V::FindOthers, Anywhere)])),
    get("/one-card/{key}", "/one-card/<key>", Matrix(&[(V::FindOthers, Anywhere)])),
    post("/one-card/slip", SLIP, Matrix(&[(V::FindOthers, Anywhere)])),
    post("/one-card/pdf", SLIP, Matrix(&[(V::FindOthers, Anywhere)])),
    post("/api/cards/status", "{\"number\":\"<number>\"}", Matrix(&[(V::AskCardStatus, Anywhere)])),
    // At the counter.
    post("/apply", "key=k-<application>&consent=self&collect_at=<outlet>", Matrix(&[(V::Apply, Anywhere)])),
    post("/apply/begin", "document_kind=1&document_number=<number>", Matrix(&[(V::Apply, Anywhere)])),
    post(
        "/replace/apply",
        "holder=<person>&card=<card>&key=r-<card>&purpose=reissue",
        Matrix(&[(V::Replace, Anywhere)]),
    ),
    post(
        "/replace/withdraw",
        "holder=<waiting>&application=<application>",
        Matrix(&[(V::WithdrawReplacement, Outlet)]),
    ),
    get("/receipts/{key}", "/receipts/<paper>", Matrix(&[(V::PrintReceipt, Outlet)])),
    get("/receipts/{key}/pdf", "/receipts/<paper>/pdf", Matrix(&[(V::PrintReceipt, Outlet)])),
    get("/receipts/business/{line}", "/receipts/business/<line>", Matrix(&[(V::PrintReceipt, Outlet)])),
    get(
        "/receipts/business/{line}/pdf",
        "/receipts/business/<line>/pdf",
        Matrix(&[(V::PrintReceipt, Outlet)]),
    ),
    get("/vouchers/{key}", "/vouchers/<paper>", Matrix(&[(V::PrintVoucher, Outlet)])),
    get("/vouchers/{key}/pdf", "/vouchers/<paper>/pdf", Matrix(&[(V::PrintVoucher, Outlet)])),
    post("/vouchers/refused/pdf", "voucher=00", Own),
    post(
        "/applications/verify",
        "holder=<waiting>&application=<application>",
        Matrix(&[(V::SupplyMaterial, Outlet)]),
    ),
    post(
        "/applications/confirm",
        "holder=<waiting>&application=<application>",
        Matrix(&[(V::ConfirmByHand, Outlet)]),
    ),
    post(
        "/applications/decline",
        "holder=<waiting>&application=<application>",
        Matrix(&[(V::Decline, Outlet)]),
    ),
    post(
        "/fees",
        "number=<waiting number>&form_no=<form_no>&amount=20.00&currency=CNY&paid_on=2026-11-23&code=44000026&receipt_no=0000000001&check=x",
        Matrix(&[(V::PayFee, Outlet)]),
    ),
    post("/collect/carry-out", CARD, Matrix(&[(V::HandOver, Anywhere)])),
    post("/enable/carry-out", CARD, Matrix(&[(V::Enable, Anywhere)])),
    post("/activate/carry-out", CARD, Matrix(&[(V::Activate, Bank)])),
    post("/activate/visit", CARD, Matrix(&[(V::RecordVisit, Bank)])),
    post("/activate/visit-confirm", CARD, Matrix(&[(V::ConfirmVisit, Bank)])),
    post("/pin/carry-out", "holder=<person>&card=<card>&change=reset", Matrix(&[(V::ResetPin, Anywhere)])),
    post(
        "/loss/report",
        "holder=<person>&card=<card>&kind=temporary",
        Matrix(&[(V::ReportTemporaryLoss, Bank)]),
    ),
    post("/loss/report", "holder=<person>&card=<card>&kind=formal", Matrix(&[(V::ReportFormalLoss, Bank)])),
    post("/loss/report", "holder=<person>&card=<card>&kind=release", Matrix(&[(V::ReleaseLoss, Bank)])),
    post(
        "/cancel/carry-out",
        "holder=<person>&card=<card>&reason=moved_out",
        Matrix(&[(V::Cancel, Anywhere)]),
    ),
    post("/cancel/account-closed", CARD, Matrix(&[(V::RecordAccountClosed, Bank)])),
    post("/restrict/propose", CARD, Matrix(&[(V::ProposeRestriction, City)])),
    post(
        "/restrict/decide",
        "holder=<person>&card=<card>&case=1&approved=yes",
        Matrix(&[(V::DecideRestriction, City)]),
    ),
    post("/restrict/lift", "holder=<person>&card=<card>&case=1", Matrix(&[(V::LiftRestriction, City)])),
    post(
        "/details/correct",
        "holder=<waiting>&application=<application>&verified=1",
        Matrix(&[(V::CorrectDetails, Outlet)]),
    ),
    post("/details/contacts", "holder=<person>", Matrix(&[(V::ChangeContacts, Anywhere)])),
    post(
        "/details/collect-at",
        "holder=<waiting>&application=<application>&verified=1",
        Matrix(&[(V::CorrectDetails, Outlet)]),
    ),
    post(
        "/bank-change/reserve",
        "holder=<person>&card=<card>&to=95533&agreed=1",
        Matrix(&[(V::ReserveBankChange, Anywhere)]),
    ),
    post(
        "/bank-change/approve",
        "holder=<person>&card=<card>&refused=no",
        Matrix(&[(V::ApproveBankChange, Bank)]),
    ),
    post("/bank-change/call-off", CARD, Matrix(&[(V::CallOffBankChange, Anywhere)])),
    post("/bank-change/carry-out", CARD, Matrix(&[(V::CarryOutBankChange, Anywhere)])),
    post(
        "/expedite/carry-out",
        "holder=<waiting>&application=<application>&ground=disabled",
        Matrix(&[(V::Expedite, Outlet)]),
    ),
    post(
        "/recall/take-back",
        "holder=<person>&card=<card>&reason=uncollected",
        Matrix(&[(V::TakeBack, Anywhere)]),
    ),
    post("/recall/confiscate", "holder=<person>&card=<card>&case=1", Matrix(&[(V::Confiscate, Anywhere)])),
    post("/recall/destroy", "holder=<waiting>&card=<card>&sure=1", Matrix(&[(V::Destroy, Anywhere)])),
    post("/offer-again/carry-out", "holder=<waiting>&card=<card>", Matrix(&[(V::OfferAgain, Anywhere)])),
    post(
        "/one-card/clean",
        "holder=<person>&cards=<card>&keep=<card>",
        Matrix(&[(V::ConfirmOneCard, Anywhere), (V::FileMaterial, Anywhere)]),
    ),
    post("/deaths/mark", "number=<number>&source=x", Matrix(&[(V::MarkDeath, Anywhere)])),
    post("/deaths/state", "number=<number>&relation=x", Matrix(&[(V::StateDeath, Anywhere)])),
    post("/deaths/restore", "number=<number>", Matrix(&[(V::RestoreLife, Anywhere)])),
    post("/joins/propose", "holder=<person>&other=<waiting>&reason=", Matrix(&[(V::ProposeJoin, City)])),
    post(
        "/joins/decide",
        "holder=<person>&other=<waiting>&approved=yes",
        Matrix(&[(V::DecideJoin, Anywhere)]),
    ),
    post("/joins/undo", "holder=<person>&other=<waiting>&reason=x", Matrix(&[(V::UndoJoin, Anywhere)])),
    post(
        "/failures/settle",
        "holder=<waiting>&application=<application>",
        Matrix(&[(V::SettleOpeningFailure, City)]),
    ),
    post(
        "/failures/correct",
        "holder=<waiting>&application=<application>&name=x",
        Matrix(&[(V::CorrectDetails, Outlet)]),
    ),
    post("/failures/decline", "holder=<waiting>&application=<application>", Matrix(&[(V::Decline, Outlet)])),
    post("/failures/guide", "bank=95588&rows=", Matrix(&[(V::SetFailureGuide, Anywhere)])),
    post("/overdue", "holder=<person>&card=<card>&what=take_back", Matrix(&[(V::TakeBack, Anywhere)])),
    post("/stranded", "holder=<person>&card=<card>&what=receive_data", Matrix(&[(V::ReceiveData, Anywhere)])),
    post("/stranded", "holder=<person>&card=<card>&what=cancel&sure=1", Matrix(&[(V::CancelStranded, City)])),
    post("/post/send", "holder=<person>&card=<card>&tracking=T", Matrix(&[(V::Post, Anywhere)])),
    post(
        "/post/confirm",
        "holder=<person>&card=<card>&code=1&signed_before=clerk",
        Matrix(&[(V::ConfirmPost, Anywhere)]),
    ),
    post(
        "/post/returned",
        "holder=<person>&card=<card>&account=x",
        Matrix(&[(V::ReceiveReturnedPost, Anywhere)]),
    ),
    post("/post/agree", "holder=<waiting>&card=<application>", Matrix(&[(V::AgreePost, Outlet)])),
    post(
        "/cards-on-their-way/do",
        "holder=<person>&card=<card>&what=found",
        Matrix(&[(V::RecordFound, Anywhere)]),
    ),
    post(
        "/cards-on-their-way/do",
        "holder=<person>&card=<card>&what=balance&empty=yes",
        Matrix(&[(V::StateBalance, Bank)]),
    ),
    post("/post/label", CARD, LOOK),
    post("/post/label/pdf", CARD, LOOK),
    post(
        "/instant/mark",
        "holder=<waiting>&application=<application>&marked=yes",
        Matrix(&[(V::MarkInstant, Anywhere)]),
    ),
    post(
        "/instant/begin",
        "holder=<waiting>&application=<application>&card=1",
        Matrix(&[(V::Personalise, Anywhere)]),
    ),
    post(
        "/instant/write-back",
        "holder=<waiting>&application=<application>&blank=1-1&chip=1",
        Matrix(&[(V::WriteBack, Anywhere)]),
    ),
    post(
        "/instant/return",
        "holder=<waiting>&application=<application>&blank=1-1",
        Matrix(&[(V::FailInstant, Anywhere)]),
    ),
    post(
        "/instant/fail",
        "holder=<waiting>&application=<application>&blank=1-1&reason=x",
        Matrix(&[(V::FailInstant, Anywhere)]),
    ),
    // The archive.
    post(
        "/archive/file",
        "holder=<person>&case=card-<card>&kind=0&cabinet=",
        Matrix(&[(V::FileMaterial, Anywhere)]),
    ),
    post(
        "/archive/open",
        "holder=<person>&material=<material>&reason=x",
        Matrix(&[(V::LookAtHolder, Outlet)]),
    ),
    post(
        "/archive/correct",
        "holder=<person>&m-<material>=<person>&how=withdraw&reason=x",
        Matrix(&[(V::CorrectFiling, Outlet)]),
    ),
    post("/archive/destroy", "m-<material>=<person>&sure=1", Matrix(&[(V::DestroyMaterial, Outlet)])),
    // Batches, boxes and what is printed of them.
    get("/batches/{id}", "/batches/<screened>", Matrix(&[(V::LookAtBatches, Confirms)])),
    post("/batches/screen", "city=<city>&bank=<bank>&urgent=true", Matrix(&[(V::ScreenBatch, City)])),
    post("/batches/confirm", "batch=<screened>&people=99&reviewed=1", Matrix(&[(V::ConfirmBatch, Confirms)])),
    post("/batches/take-back", "batch=<batch>&reason=x&sure=1", Matrix(&[(V::TakeBackConfirmation, City)])),
    post(
        "/batches/take-out",
        "batch=<screened>&holder=<waiting>&application=<application>&reason=x&sure=1",
        Matrix(&[(V::TakeOutOfBatch, City)]),
    ),
    post("/batches/hand-out", "batch=<batch>&vendor=1", Matrix(&[(V::HandOutProduction, Anywhere)])),
    post("/batches/recall", "batch=<batch>&reason=x&sure=1", Matrix(&[(V::TakeBackBatch, Anywhere)])),
    post("/batches/end", "batch=<batch>", Matrix(&[(V::EndBatch, City)])),
    post("/boxes/empty", "batch=<batch>&box=<box>", Matrix(&[(V::CloseEmptyBox, Outlet)])),
    get("/boxes/tree", "/boxes/tree?batch=<batch>", Matrix(&[(V::LookAtBoxes, Outlet)])),
    get("/boxes/sheet", "/boxes/sheet?batch=<batch>&box=<box>", Matrix(&[(V::LookAtBoxes, Outlet)])),
    get("/boxes/sheet/pdf", "/boxes/sheet/pdf?batch=<batch>&box=<box>", Matrix(&[(V::LookAtBoxes, Outlet)])),
    post(
        "/boxes/receive",
        "batch=<batch>&box=<box>&counted=1&kept_at=x&signer=x",
        Matrix(&[(V::Receive, Anywhere)]),
    ),
    post("/boxes/missing", "batch=<batch>&box=<box>", Matrix(&[(V::RecordMissing, Anywhere)])),
    post("/boxes/found", "found=", Matrix(&[(V::RecordFound, Anywhere)])),
    post("/boxes/take-over", "taken=&kept_at=x&signer=x", Matrix(&[(V::TakeOver, Anywhere)])),
    post("/boxes/compare", "batch=<batch>&box=<box>&list=1", Matrix(&[(V::CompareBox, Anywhere)])),
    post(
        "/boxes/ship",
        "batch=<batch>&box=<box>&to=<county>&responsible=x&manner=x",
        Matrix(&[(V::SendBack, Outlet)]),
    ),
    post(
        "/boxes/settle",
        "batch=<batch>&box=<box>&cards=0&account=x",
        Matrix(&[(V::SettleDifference, Outlet)]),
    ),
    post("/boxes/hand-over", "batch=<batch>&box=<box>&counted=1", Matrix(&[(V::HandOverToUnit, Outlet)])),
    get("/transfers/print", "/transfers/print?batch=<batch>", Matrix(&[(V::LookAtBoxes, Outlet)])),
    get("/transfers/print/pdf", "/transfers/print/pdf?batch=<batch>", Matrix(&[(V::LookAtBoxes, Outlet)])),
    post("/registers", "batch=<batch>", Matrix(&[(V::PrintRegister, Outlet)])),
    post("/registers/csv", "batch=<batch>", Matrix(&[(V::PrintRegister, Outlet)])),
    post("/registers/pdf", "batch=<batch>", Matrix(&[(V::PrintRegister, Outlet)])),
    post(
        "/registers/sign",
        "batch=<batch>&c-<card>=<person>&date=2026-11-23",
        Matrix(&[(V::SignAtUnit, Anywhere)]),
    ),
    post(
        "/registers/paper",
        "batch=<batch>&box=<box>&material=<material>&reason=x",
        Matrix(&[(V::OpenBoxPaper, Outlet)]),
    ),
    // Units and their files.
    post("/units", "key=u&unit=<unit>&form_no=x", Matrix(&[(V::ApplyForUnit, Outlet)])),
    get("/units/{id}", "/units/<unit>", Matrix(&[(V::ApplyForUnit, Outlet)])),
    get("/units/{id}/pdf", "/units/<unit>/pdf", Matrix(&[(V::ApplyForUnit, Outlet)])),
    get("/units/{id}/papers", "/units/<unit>/papers", Matrix(&[(V::ApplyForUnit, Anywhere)])),
    Row {
        to: "/units/<unit>/close",
        ..post("/units/{id}/close", "reason=", Matrix(&[(V::ApplyForUnit, Outlet)]))
    },
    Row {
        to: "/units/<unit>/people",
        ..post("/units/{id}/people", "right_people=&reason=", Matrix(&[(V::ApplyForUnit, Outlet)]))
    },
    post("/upload", "--b", Matrix(&[(V::ApplyForUnit, Anywhere)])),
    get("/jobs/{id}", "/jobs/<job>", Own),
    get("/jobs/{id}/progress", "/jobs/<job>/progress", Own),
    get("/jobs/{id}/rest/{kind}", "/jobs/<job>/rest/zip", Own),
    // Pre-made cards.
    post("/blanks/orders", "bank=<bank>&vendor=1&quantity=0", Matrix(&[(V::OrderBlanks, Anywhere)])),
    get("/blanks/orders/{id}", "/blanks/orders/<order>", Matrix(&[(V::LookAtBlanks, City)])),
    get("/blanks/orders/{id}/form", "/blanks/orders/<order>/form", Matrix(&[(V::LookAtBlanks, City)])),
    get(
        "/blanks/orders/{id}/form/pdf",
        "/blanks/orders/<order>/form/pdf",
        Matrix(&[(V::LookAtBlanks, City)]),
    ),
    post("/blanks/orders/generate", "order=0", Matrix(&[(V::GenerateBlanks, Anywhere)])),
    post("/blanks/orders/check", "order=<order>&found=yes", Matrix(&[(V::CheckBlanks, Anywhere)])),
    post("/blanks/orders/end", "order=<order>&reason=&sure=", Matrix(&[(V::EndBlanks, Anywhere)])),
    post("/blanks/orders/decline", "order=<order>&reason=", Matrix(&[(V::GenerateBlanks, Anywhere)])),
    get("/blanks/box", "/blanks/box?order=<order>&box=1", Matrix(&[(V::LookAtBlanks, City)])),
    get("/blanks/sheet", "/blanks/sheet?order=<order>&box=1", Matrix(&[(V::LookAtBlanks, City)])),
    get("/blanks/sheet/pdf", "/blanks/sheet/pdf?order=<order>&box=1", Matrix(&[(V::LookAtBlanks, City)])),
    get("/blanks/register", "/blanks/register?order=<order>", Matrix(&[(V::LookAtBlanks, City)])),
    get("/blanks/register/print", "/blanks/register/print?order=<order>", Matrix(&[(V::LookAtBlanks, City)])),
    get(
        "/blanks/register/print/pdf",
        "/blanks/register/print/pdf?order=<order>",
        Matrix(&[(V::LookAtBlanks, City)]),
    ),
    post("/blanks/take-in", "order=<order>&box=1&counted=1", Matrix(&[(V::TakeInBlanks, Anywhere)])),
    post("/blanks/ship", "order=<order>&box=1", Matrix(&[(V::ShipBlanks, Anywhere)])),
    post("/blanks/count", "order=<order>&box=1&counted=1", Matrix(&[(V::CountBlanks, Anywhere)])),
    post("/blanks/settle", "order=<order>&box=1&account=x", Matrix(&[(V::CountBlanks, Anywhere)])),
    post("/instant/making/take", "number=x", Matrix(&[(V::Personalise, Anywhere)])),
    post("/instant/making/release", "", Oneself),
    post("/instant/making/eject", "", Oneself),
    post("/instant/making/start", "holder=1&application=1", Matrix(&[(V::Personalise, Anywhere)])),
    post("/instant/making/read", "", Oneself),
    post("/instant/making/scan", "", Oneself),
    Row { to: "/rare/from?form=/details/correct&field=name", ..post("/rare/from", "holder=<person>", LOOK) },
    post("/rare/take", "draft=<draft>&field=name&character=U%2B4132", Oneself),
    post("/instant/making/print", "", Matrix(&[(V::Personalise, Anywhere)])),
    post("/desks/pair", "code=x&outlet=x", Matrix(&[(V::PairDesk, Anywhere)])),
    post("/desks/end", "desk=1", Matrix(&[(V::PairDesk, Anywhere)])),
    post("/desks/kiosk", "desk=1&kiosk=yes", Matrix(&[(V::SetKiosk, Anywhere)])),
    post("/kiosks/open", "number=x", Matrix(&[(V::RunKiosk, Anywhere)])),
    post("/kiosks/close", "desk=1", Matrix(&[(V::RunKiosk, Anywhere)])),
    // 自助服务设施: a machine's own session opens these, and nobody's who is signed in.
    get("/kiosk", "/kiosk", ALONE),
    get("/kiosk/pin", "/kiosk/pin", ALONE),
    post("/kiosk/pin", "risks_told=1", ALONE),
    get("/kiosk/progress", "/kiosk/progress", ALONE),
    post("/kiosk/progress", "", ALONE),
    get("/kiosk/card", "/kiosk/card", ALONE),
    post("/kiosk/card", "", ALONE),
    post("/kiosk/card/face", "face=x", ALONE),
    get("/kiosk/card/choice", "/kiosk/card/choice", ALONE),
    post("/kiosk/card/lose", CARD, ALONE),
    post("/kiosk/card/apply", CARD, ALONE),
    post("/kiosk/card/make", "", ALONE),
    get("/kiosk/card/making", "/kiosk/card/making", ALONE),
    post("/kiosk/card/collect", "signed=1", ALONE),
    post("/blanks/found", "card=1&account=x", Matrix(&[(V::SpoilBlank, Anywhere)])),
    post("/blanks/destroy", "order=<order>&box=1&counted=1", Matrix(&[(V::DestroyBlanks, Anywhere)])),
    post("/blanks/spoil", "card=1&reason=x&state=spoiled", Matrix(&[(V::SpoilBlank, Anywhere)])),
    // Counts and clocks.
    get("/clocks/xlsx", "/clocks/xlsx?city=<city>&table=cities", Matrix(&[(V::LookAtReports, City)])),
    get("/clocks/notice", "/clocks/notice?city=<city>", Matrix(&[(V::LookAtReports, City)])),
    get("/clocks/issued/notice", "/clocks/issued/notice?city=<city>", Matrix(&[(V::LookAtReports, City)])),
    get(
        "/clocks/recalled/notice",
        "/clocks/recalled/notice?city=<city>",
        Matrix(&[(V::LookAtReports, City)]),
    ),
    get(
        "/clocks/banks/xlsx",
        "/clocks/banks/xlsx?city=<city>&table=cities",
        Matrix(&[(V::LookAtReports, City)]),
    ),
    get(
        "/clocks/banks/notice",
        "/clocks/banks/notice?city=<city>&table=cities",
        Matrix(&[(V::LookAtReports, City)]),
    ),
    get(
        "/clocks/vendors/xlsx",
        "/clocks/vendors/xlsx?city=<city>&table=cities",
        Matrix(&[(V::LookAtReports, City)]),
    ),
    get(
        "/clocks/vendors/notice",
        "/clocks/vendors/notice?city=<city>&table=cities",
        Matrix(&[(V::LookAtReports, City)]),
    ),
    get(
        "/clocks/issued/xlsx",
        "/clocks/issued/xlsx?city=<city>&table=cities",
        Matrix(&[(V::LookAtReports, City)]),
    ),
    get(
        "/clocks/recalled/xlsx",
        "/clocks/recalled/xlsx?city=<city>&table=cities",
        Matrix(&[(V::LookAtReports, City)]),
    ),
    // A city's rules, and those of the province.
    post("/entrust", "org=<outlet>&task=x&granted=true", Matrix(&[(V::Entrust, Outlet)])),
    post("/policies", "paper=", Matrix(&[(V::ProposePolicy, Anywhere)])),
    post("/policies/decide", "id=<policy>&approved=false", Matrix(&[(V::DecidePolicy, Anywhere)])),
    post("/glyphs", "character=x", Matrix(&[(V::ProposeGlyph, Anywhere)])),
    post("/glyphs/decide", "id=<glyph>&approved=false", Matrix(&[(V::DecideGlyph, Outlet)])),
    get("/glyphs/pictures/{id}", "/glyphs/pictures/<glyph>", Oneself),
    post("/holidays", "notice=x", Matrix(&[(V::LoadHolidays, Anywhere)])),
    // Organisations, people, partners.
    get("/organisations/{id}", "/organisations/<outlet>", Matrix(&[(V::LookAtOfficers, Anywhere)])),
    post("/organisations/add", "parent=&kind=&code=&name=&bank=", Matrix(&[(V::AddOrganisation, Anywhere)])),
    post("/organisations/rename", "org=<outlet>&name=", Matrix(&[(V::RenameOrganisation, Anywhere)])),
    post("/organisations/stop", "org=<outlet>", Matrix(&[(V::StopOrganisation, Anywhere)])),
    post("/organisations/start", "org=<outlet>", Matrix(&[(V::StartOrganisation, Anywhere)])),
    post("/outlets", "table=x&city=<city>", Matrix(&[(V::CodeOutlet, Anywhere)])),
    post("/officers", "looked_for=x", Matrix(&[(V::LookAtOfficers, Anywhere)])),
    get("/officers/{id}", "/officers/<officer>", Matrix(&[(V::LookAtOfficers, Anywhere)])),
    post(
        "/officers/propose",
        "officer=<officer>&what=reset&reason=&login=&name=&role=&org=",
        Matrix(&[(V::ProposeOfficer, Anywhere)]),
    ),
    post("/officers/decide", "id=1&approved=false", Matrix(&[(V::DecideOfficer, Anywhere)])),
    post("/officers/stop", "officer=1", Matrix(&[(V::StopOfficer, Anywhere)])),
    post("/officers/withdraw", "id=1", Matrix(&[(V::ProposeOfficer, Anywhere)])),
    get("/partners/{id}", "/partners/bank:95588", Matrix(&[(V::LookAtPartners, Anywhere)])),
    post("/partners/offer", "partner=bank:95588&city=<city>", Matrix(&[(V::OfferBank, Anywhere)])),
    post("/partners/end", "partner=bank:95588&city=<city>", Matrix(&[(V::EndBank, Anywhere)])),
    post("/partners/contacts", "partner=bank:95588", Matrix(&[(V::KeepContacts, Anywhere)])),
    post("/partners/propose", "what=x", Matrix(&[(V::ProposePartner, Anywhere)])),
    post("/partners/decide", "id=1&approved=false", Matrix(&[(V::DecidePartner, Anywhere)])),
    post("/partners/withdraw", "id=1", Matrix(&[(V::ProposePartner, Anywhere)])),
    post("/partners/end-key", "partner=bank:95588&key=x", Matrix(&[(V::EndPartnerKey, Anywhere)])),
    post("/links/letter", "letter=1&wish=again", Matrix(&[(V::HandleDeadLetter, Anywhere)])),
    post(
        "/links/resolve",
        "holder=<person>&card=<card>&seq=1&wish=again",
        Matrix(&[(V::ResolveIntent, City)]),
    ),
    post("/links/reconcile", "bank=95588", Matrix(&[(V::Reconcile, Anywhere)])),
    post("/journal", "before=", Matrix(&[(V::LookAtJournal, Anywhere)])),
    get("/journal/{id}", "/journal/1", Matrix(&[(V::LookAtJournal, Anywhere)])),
    get("/journal/{id}/proof", "/journal/1/proof", Matrix(&[(V::LookAtJournal, Anywhere)])),
    post("/journal/export", "before=", Matrix(&[(V::ExportJournal, Anywhere)])),
];

//! The e-card platform, and the photo platforms: what each is asked that nobody else is.

use super::check::{Outcome, Point};
use super::journey::{Journey, invented};
use kaguan_api::message::{
    AskReceipts, Body, ECardIssue, Outgoing, PhotoReceipt, ReceiptPhotos, Receipts, Taken,
};
use kaguan_api::text;
use kaguan_domain::ids::ECardNumber;
use kaguan_files::photo::{Level, check};

impl Journey {
    /// 全国社保卡服务平台: the number of an e-card comes back, at once or later, and stays what it is.
    pub async fn e_card(&mut self, later: usize) {
        const NUMBER: Point = Point {
            name: "申领电子社保卡得到卡号",
            expected: "应答 e_card_no，1至64位可见的半角字符；或应答 {}，稍后以 ecard/v1/numbers 报告",
            clause: "第二条、第八条；接入手册“其他合作方收到的消息”",
            way: "签发后在应答中带回 e_card_no，或以 POST /api/ecard/v1/numbers 报告",
        };
        const ONE: Point = Point {
            name: "同一张卡再次申领得到同一卡号",
            expected: "与第一次相同的 e_card_no",
            clause: "第二条",
            way: "一张社保卡只有一个电子社保卡卡号：以 card 去重",
        };
        let person = invented();
        let issue = ECardIssue {
            card: self.fresh(),
            number: person.number,
            name: person.name,
            document_kind: "01".into(),
            issued_on: "2026-01-01".into(),
            area: "4401".into(),
        };
        let mut replies = Vec::new();
        for _ in 0..2 {
            let id = self.fresh();
            let Ok(message) = Outgoing::new(id, &Body::ECardIssue(issue.clone())) else { return };
            replies.push(self.send("/messages", &message).await);
        }
        let number = |n: usize| replies[n].read::<Taken>().map(|t| t.e_card_no);
        match number(0) {
            Some(Some(first)) => {
                self.note(NUMBER, ECardNumber::parse(&first).is_ok(), &replies[0]);
                self.note(ONE, number(1).flatten() == Some(first), &replies[1]);
            }
            // What is told later is in the journal.
            Some(None) if later > 0 => {
                let said = format!("{later}次");
                let told = "系统日志 e_card.take_number";
                self.checks.push(NUMBER.came_to(Outcome::Passed, told, said.clone()));
                self.checks.push(ONE.came_to(Outcome::Passed, told, said));
            }
            Some(None) => {
                self.checks.push(NUMBER.unproved("没有卡号，日志中也没有稍后的报告"));
                self.checks.push(ONE.unproved("没有卡号"));
            }
            None => {
                self.note(NUMBER, false, &replies[0]);
                self.checks.push(ONE.unproved("申领没有得到应答"));
            }
        }
    }

    /// 相片检测审核平台: receipts, and the photos behind them. The test receipt is one of a photo that was found good.
    pub async fn photos(&mut self, receipt: &str, number: &str) {
        const EACH: Point = Point {
            name: "回执逐一应答",
            expected: "receipts 与提问同数同序，取值 passed、not_on_record、unavailable",
            clause: "第十条；接入手册“其他合作方收到的消息”",
            way: "每个回执一项，次序与提问相同",
        };
        const STRANGER: Point = Point {
            name: "没有的回执号不予通过，也不给相片",
            expected: "虚构的回执号 not_on_record，没有相片",
            clause: "第十条",
            way: "没有登记的回执号应答 not_on_record",
        };
        const OTHERS: Point = Point {
            name: "他人的回执号不予通过，也不给相片",
            expected: "测试回执号配他人的证件号码：not_on_record，没有相片",
            clause: "第十条、第三十九条",
            way: "回执号与证件号码须同属一人",
        };
        const PHOTO: Point = Point {
            name: "测试回执号得到合格的相片",
            expected: "result 为 passed，photo 是符合附件6标准的 JPEG",
            clause: "第十条、附件6",
            way: "358×441、350DPI、白色背景、14～40KB；不合格的应答 failed，并写明 findings",
        };
        let ask = |receipt: &str, number: &str| AskReceipts {
            receipts: vec![PhotoReceipt { receipt: receipt.into(), number: number.into() }],
        };
        if !self.common("/photo-receipts", &AskReceipts { receipts: Vec::new() }).await {
            for point in [EACH, STRANGER, OTHERS, PHOTO] {
                self.checks.push(point.unproved("核对回执的接口没有应答"));
            }
            return;
        }
        let somebody = invented().document_number;
        let two = AskReceipts {
            receipts: [ask("KAGUAN-0", &somebody), ask("KAGUAN-1", &somebody)]
                .into_iter()
                .flat_map(|a| a.receipts)
                .collect(),
        };
        let reply = self.send("/photo-receipts", &two).await;
        let said = reply.read::<Receipts>().map(|r| r.receipts).filter(|r| r.len() == 2);
        let word = |w: &String| ["passed", "not_on_record", "unavailable"].contains(&w.as_str());
        self.note(EACH, said.as_ref().is_some_and(|r| r.iter().all(word)), &reply);
        let photo = self.send("/receipt-photos", &ask("KAGUAN-0", &somebody)).await;
        let unknown = said.is_some_and(|r| r.iter().all(|w| w == "not_on_record"));
        self.note(STRANGER, unknown && gives_nothing(&photo), &photo);
        if receipt.is_empty() || number.is_empty() {
            for point in [OTHERS, PHOTO] {
                self.checks.push(point.unproved("请以 --receipt、--number 给出测试回执号和证件号码"));
            }
            return;
        }
        let asked = self.send("/photo-receipts", &ask(receipt, &somebody)).await;
        let photo = self.send("/receipt-photos", &ask(receipt, &somebody)).await;
        let said = asked.read::<Receipts>().is_some_and(|r| r.receipts == ["not_on_record"]);
        self.note(OTHERS, said && gives_nothing(&photo), &photo);
        let photo = self.send("/receipt-photos", &ask(receipt, number)).await;
        let found = photo.read::<ReceiptPhotos>().and_then(|p| p.photos.into_iter().next());
        let jpeg = found.filter(|p| p.result == "passed").and_then(|p| text::from_base64(&p.photo?));
        let wrong = jpeg.map(|j| check(&j, Level::Decode).errors);
        let said = match &wrong {
            Some(errors) if errors.is_empty() => "符合标准".to_owned(),
            Some(errors) => errors.iter().map(|(_, what)| what.as_str()).collect::<Vec<_>>().join("；"),
            None => format!("没有相片：{}", photo.status().map_or("没有应答".into(), |s| format!("状态{s}"))),
        };
        let passed = wrong.is_some_and(|e| e.is_empty());
        self.checks.push(PHOTO.came_to(Outcome::of(passed), photo.request, said));
    }
}

/// Whether a platform says that it has no photo; one that keeps all its photos says 404.
fn gives_nothing(photo: &super::journey::Exchange) -> bool {
    let none = |p: ReceiptPhotos| {
        p.photos.len() == 1 && p.photos.iter().all(|p| p.result == "not_on_record" && p.photo.is_none())
    };
    photo.status() == Some(404) || photo.read::<ReceiptPhotos>().is_some_and(none)
}

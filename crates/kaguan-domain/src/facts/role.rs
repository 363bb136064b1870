//! What an organisation is, and what an officer is employed to do (Article 6).

use serde::{Deserialize, Serialize};

/// What an organisation is (Article 6).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrgKind {
    /// 省卡管机构
    ProvinceCentre,
    /// 市卡管机构
    CityCentre,
    /// 县（市、区）社保卡服务机构
    CountyCentre,
    /// 人社部门卡经办网点（含乡镇、街道、社区、行政村）
    HrOutlet,
    /// 服务银行卡经办网点
    BankOutlet,
}

impl OrgKind {
    /// All.
    pub const ALL: [Self; 5] =
        [Self::ProvinceCentre, Self::CityCentre, Self::CountyCentre, Self::HrOutlet, Self::BankOutlet];

    /// The stable name, in forms.
    pub fn code(self) -> &'static str {
        match self {
            Self::ProvinceCentre => "province_centre",
            Self::CityCentre => "city_centre",
            Self::CountyCentre => "county_centre",
            Self::HrOutlet => "hr_outlet",
            Self::BankOutlet => "bank_outlet",
        }
    }

    /// Reads the stable name.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.code() == code)
    }

    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::ProvinceCentre => "省卡管机构",
            Self::CityCentre => "市卡管机构",
            Self::CountyCentre => "县级社保卡服务机构",
            Self::HrOutlet => "人社部门卡经办网点",
            Self::BankOutlet => "服务银行卡经办网点",
        }
    }

    /// Whether holders are served here.
    pub fn is_outlet(self) -> bool {
        matches!(self, Self::HrOutlet | Self::BankOutlet)
    }
}

/// What an officer is employed to do. A role works within its organisation's area.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 网点经办 at an HR outlet.
    HrClerk,
    /// 网点经办 at a bank outlet.
    BankClerk,
    /// 县级分发.
    CountyClerk,
    /// 市卡管.
    CityOfficer,
    /// 省卡管.
    ProvinceOfficer,
    /// 系统管理员: organisations and calendar.
    SystemAdministrator,
    /// 安全管理员: accounts and roles.
    SecurityAdministrator,
    /// 审计管理员: reads the journal, changes nothing.
    AuditAdministrator,
}

impl Role {
    /// All roles.
    pub const ALL: [Role; 8] = [
        Self::HrClerk,
        Self::BankClerk,
        Self::CountyClerk,
        Self::CityOfficer,
        Self::ProvinceOfficer,
        Self::SystemAdministrator,
        Self::SecurityAdministrator,
        Self::AuditAdministrator,
    ];

    /// The stable name, in forms and on the command line.
    pub fn code(self) -> &'static str {
        match self {
            Self::HrClerk => "hr_clerk",
            Self::BankClerk => "bank_clerk",
            Self::CountyClerk => "county_clerk",
            Self::CityOfficer => "city_officer",
            Self::ProvinceOfficer => "province_officer",
            Self::SystemAdministrator => "system_administrator",
            Self::SecurityAdministrator => "security_administrator",
            Self::AuditAdministrator => "audit_administrator",
        }
    }

    /// Reads the stable name.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.code() == code)
    }

    /// Whether it is one of the three administrators (三员), of each of whom one stays.
    pub fn administers(self) -> bool {
        matches!(self, Self::SystemAdministrator | Self::SecurityAdministrator | Self::AuditAdministrator)
    }

    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::HrClerk => "人社网点经办人",
            Self::BankClerk => "银行网点经办人",
            Self::CountyClerk => "县级经办人",
            Self::CityOfficer => "市卡管经办人",
            Self::ProvinceOfficer => "省卡管经办人",
            Self::SystemAdministrator => "系统管理员",
            Self::SecurityAdministrator => "安全管理员",
            Self::AuditAdministrator => "审计管理员",
        }
    }

    /// In which kind of organisation the role exists.
    pub fn belongs_in(self, kind: OrgKind) -> bool {
        match self {
            Self::HrClerk => kind == OrgKind::HrOutlet,
            Self::BankClerk => kind == OrgKind::BankOutlet,
            Self::CountyClerk => kind == OrgKind::CountyCentre,
            Self::CityOfficer => kind == OrgKind::CityCentre,
            _ => kind == OrgKind::ProvinceCentre,
        }
    }
}

/// What a city may entrust an office of it with (Article 12, Appendix 7).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// 批次确认
    ConfirmBatches,
    /// 接收成品卡: a bank's outlet in place of the city's centre.
    ReceiveCards,
}

impl Task {
    /// All.
    pub const ALL: [Self; 2] = [Self::ConfirmBatches, Self::ReceiveCards];

    /// The stable name, in forms.
    pub fn code(self) -> &'static str {
        match self {
            Self::ConfirmBatches => "confirm_batches",
            Self::ReceiveCards => "receive_cards",
        }
    }

    /// Reads the stable name.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.code() == code)
    }

    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::ConfirmBatches => "批次确认",
            Self::ReceiveCards => "代市中心接收成品卡",
        }
    }
}

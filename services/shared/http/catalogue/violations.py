"""The texts of the rules that content or conduct can break."""

from __future__ import annotations

from services.shared.security.violations import Violation

EN = {
    Violation.SPAM: "Spam or misleading advertising",
    Violation.HARASSMENT: "Harassment of another person",
    Violation.HATE: "Hatred against a group of people",
    Violation.SEXUAL_CONTENT: "Sexual content",
    Violation.VIOLENCE: "Violence or self-harm",
    Violation.FRAUD: "Fraud or a fake order",
    Violation.BANNED_PRODUCT: "A product that must not be sold here",
    Violation.PRIVATE_DATA: "Private data of another person",
    Violation.IMPERSONATION: "Impersonation of a person or of the platform",
    Violation.EVASION: "Evasion of a sanction",
    Violation.OTHER: "Another violation of the rules of the platform",
}
ZH = {
    Violation.SPAM: "垃圾广告或引流",
    Violation.HARASSMENT: "骚扰、辱骂他人",
    Violation.HATE: "煽动仇恨或歧视",
    Violation.SEXUAL_CONTENT: "色情低俗内容",
    Violation.VIOLENCE: "暴力或自我伤害内容",
    Violation.FRAUD: "欺诈或虚假交易",
    Violation.BANNED_PRODUCT: "出售违禁商品",
    Violation.PRIVATE_DATA: "泄露他人隐私",
    Violation.IMPERSONATION: "冒充他人或官方",
    Violation.EVASION: "规避处罚",
    Violation.OTHER: "违反平台其他规定",
}

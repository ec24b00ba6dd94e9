"""What is read out to agree, in each language: our own words, short enough to say in one go."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from voices.consent.people import Relationship
from voices.purpose import Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The words of one language."""

    statements: Mapping[Relationship, str] = field(repr=False)
    code: str
    assent: str
    kinship: str
    purposes: Mapping[Purpose, str]
    devices: str
    all_devices: str
    died_on: str
    died: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    today: str
    date: str
    comma: str
    last_comma: str


_EN: Final = Wording(
    statements={
        Relationship.SELF: (
            "I am {name}. Today is {today}. I agree that the home hub of {household} makes and "
            "uses a synthetic copy of my voice for {purposes}, {devices}, until {until}. I can "
            "withdraw this at any time and the copy is then destroyed."
        ),
        Relationship.GUARDIAN: (
            "I am {name}, the parent or legal guardian of {subject}. Today is {today}. I agree "
            "that the home hub of {household} makes and uses a synthetic copy of my child's voice "
            "for {purposes}, {devices}. I will review it by {until}. My child and I can withdraw "
            "this at any time and the copy is then destroyed."
        ),
        Relationship.HEIR: (
            "I am {name}, {kinship} of {subject}, {died}. Today is {today}. To my knowledge "
            "{subject} did not object, and I have told the other close relatives. I agree that the "
            "home hub of {household} makes and uses a synthetic copy of this voice, only as a "
            "keepsake at home, for {purposes}, {devices}, until {until}. Any close relative can "
            "withdraw this at any time and the copy is then destroyed."
        ),
    },
    code=" My code is {code}.",
    assent="My name is {subject}. It is OK that the hub can talk like me.",
    kinship="a close relative",
    purposes={
        Purpose.ANNOUNCEMENTS: "announcements",
        Purpose.GREETINGS: "greetings",
        Purpose.ASSISTANT: "answers of the home assistant",
        Purpose.TOYS: "talking toys",
        Purpose.STORIES: "stories",
    },
    devices="only on these devices: {devices}",
    all_devices="only on the loudspeakers of this home",
    died_on="who died on {date}",
    died="who has died",
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    months=(
        *("January", "February", "March", "April", "May", "June", "July", "August"),
        *("September", "October", "November", "December"),
    ),
    today="{weekday}, {date}",
    date="{day} {month} {year}",
    comma=", ",
    last_comma=" and ",
)

_DE: Final = Wording(
    statements={
        Relationship.SELF: (
            "Ich bin {name}. Heute ist {today}. Ich bin einverstanden, dass die Hauszentrale von "
            "{household} eine künstliche Kopie meiner Stimme herstellt und verwendet, für "
            "{purposes}, {devices}, bis zum {until}. Ich kann das jederzeit widerrufen, dann wird "
            "die Kopie vernichtet."
        ),
        Relationship.GUARDIAN: (
            "Ich bin {name} und sorgeberechtigt für {subject}. Heute ist {today}. Ich bin "
            "einverstanden, dass die Hauszentrale von {household} eine künstliche Kopie der Stimme "
            "meines Kindes herstellt und verwendet, für {purposes}, {devices}. Ich prüfe das bis "
            "zum {until} erneut. Mein Kind und ich können das jederzeit widerrufen, dann wird die "
            "Kopie vernichtet."
        ),
        Relationship.HEIR: (
            "Ich bin {name}, {kinship} von {subject}, {died}. Heute ist {today}. Meines Wissens "
            "war {subject} nicht dagegen, und ich habe die anderen nahen Angehörigen informiert. "
            "Ich bin einverstanden, dass die Hauszentrale von {household} eine künstliche Kopie "
            "dieser Stimme herstellt und verwendet, nur als Andenken zu Hause, für {purposes}, "
            "{devices}, bis zum {until}. Alle nahen Angehörigen können das jederzeit widerrufen, "
            "dann wird die Kopie vernichtet."
        ),
    },
    code=" Mein Code ist {code}.",
    assent="Ich heiße {subject}. Es ist in Ordnung, dass die Hauszentrale so spricht wie ich.",
    kinship="Familienmitglied",
    purposes={
        Purpose.ANNOUNCEMENTS: "Durchsagen",
        Purpose.GREETINGS: "Begrüßungen",
        Purpose.ASSISTANT: "Antworten des Sprachassistenten",
        Purpose.TOYS: "sprechendes Spielzeug",
        Purpose.STORIES: "Geschichten",
    },
    devices="nur auf diesen Geräten: {devices}",
    all_devices="nur auf den Lautsprechern dieser Wohnung",
    died_on="verstorben am {date}",
    died="verstorben",
    weekdays=(*("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),),
    months=(
        *("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August"),
        *("September", "Oktober", "November", "Dezember"),
    ),
    today="{weekday}, der {date}",
    date="{day}. {month} {year}",
    comma=", ",
    last_comma=" und ",
)

_ES: Final = Wording(
    statements={
        Relationship.SELF: (
            "Soy {name}. Hoy es {today}. Acepto que la central doméstica de {household} cree y use "
            "una copia sintética de mi voz para {purposes}, {devices}, hasta el {until}. Puedo "
            "retirar este permiso en cualquier momento y entonces la copia se destruye."
        ),
        Relationship.GUARDIAN: (
            "Soy {name} y tengo la patria potestad o la tutela de {subject}. Hoy es {today}. "
            "Acepto que la central doméstica de {household} cree y use una copia sintética de la "
            "voz del menor para {purposes}, {devices}. Volveré a revisarlo antes del {until}. "
            "Tanto el menor como yo podemos retirar este permiso en cualquier momento y entonces "
            "la copia se destruye."
        ),
        Relationship.HEIR: (
            "Soy {name}, {kinship} de {subject}, {died}. Hoy es {today}. Que yo sepa, {subject} no "
            "se opuso, y he informado a los demás familiares cercanos. Acepto que la central "
            "doméstica de {household} cree y use una copia sintética de esta voz, solo como "
            "recuerdo en casa, para {purposes}, {devices}, hasta el {until}. Cualquier familiar "
            "cercano puede retirar este permiso en cualquier momento y entonces la copia se "
            "destruye."
        ),
    },
    code=" Mi código es {code}.",
    assent="Me llamo {subject}. Me parece bien que la central pueda hablar como yo.",
    kinship="familiar cercano",
    purposes={
        Purpose.ANNOUNCEMENTS: "avisos",
        Purpose.GREETINGS: "saludos",
        Purpose.ASSISTANT: "respuestas del asistente de casa",
        Purpose.TOYS: "juguetes que hablan",
        Purpose.STORIES: "cuentos",
    },
    devices="solo en estos aparatos: {devices}",
    all_devices="solo en los altavoces de esta casa",
    died_on="que falleció el {date}",
    died="que ya falleció",
    weekdays=("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    months=(
        *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto"),
        *("septiembre", "octubre", "noviembre", "diciembre"),
    ),
    today="{weekday}, {date}",
    date="{day} de {month} de {year}",
    comma=", ",
    last_comma=" y ",
)

_ZH: Final = Wording(
    statements={
        Relationship.SELF: (
            "我是{name}。今天是{today}。我同意{household}的家庭中枢生成并使用我声音的合成版本，"
            "仅用于{purposes}，{devices}，有效期至{until}。我可以随时撤回同意，撤回后合成声音将被"
            "销毁。"
        ),
        Relationship.GUARDIAN: (
            "我是{name}，{subject}的监护人。今天是{today}。我同意{household}的家庭中枢生成并使用"
            "孩子声音的合成版本，仅用于{purposes}，{devices}，并将在{until}前复核。孩子和我都可以"
            "随时撤回同意，撤回后合成声音将被销毁。"
        ),
        Relationship.HEIR: (
            "我是{name}，{subject}的{kinship}，{died}。今天是{today}。据我所知，逝者生前未表示反对，"
            "我已告知其他近亲属。我同意{household}的家庭中枢生成并使用逝者声音的合成版本，仅用于"
            "家庭内的纪念，包括{purposes}，{devices}，有效期至{until}。任何近亲属都可以随时撤回同意，"
            "撤回后合成声音将被销毁。"
        ),
    },
    code="我的口令是{code}。",
    assent="我叫{subject}，我同意让小管家用我的声音说话。",
    kinship="近亲属",
    purposes={
        Purpose.ANNOUNCEMENTS: "播报通知",
        Purpose.GREETINGS: "问候",
        Purpose.ASSISTANT: "语音助手的回答",
        Purpose.TOYS: "会说话的玩具",
        Purpose.STORIES: "讲故事",
    },
    devices="仅在这些设备播放：{devices}",
    all_devices="仅在家里的音箱播放",
    died_on="逝者于{date}去世",
    died="逝者已去世",
    weekdays=("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"),
    months=tuple(str(month) for month in range(1, 13)),
    today="{date}，{weekday}",
    date="{year}年{month}月{day}日",
    comma="、",
    last_comma="和",
)

WORDINGS: Final[Mapping[str, Wording]] = {"en": _EN, "zh": _ZH, "de": _DE, "es": _ES}

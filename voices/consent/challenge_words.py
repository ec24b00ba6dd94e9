"""Words that are easy to read out and hard to mishear: none sounds like another or is a number."""

from collections.abc import Mapping
from typing import Final

_EN: Final = """
anchor apple autumn badger banana basket beaver bridge butter button camel candle carpet castle
cherry circle copper corner cotton dragon eagle falcon feather finger flower forest garden ginger
guitar helmet honey island jacket jungle kettle ladder lemon lizard marble meadow mirror monkey
mountain needle orange panda pencil pillow planet pocket potato purple rabbit ribbon river rocket
salmon shadow silver spider sunset tiger tomato tunnel turtle velvet violin walnut window yellow
"""

_DE: Final = """
Ampel Anker Apfel Banane Becher Birne Blume Brille Brunnen Butter Drachen Eimer Esel Fackel Falke
Feder Fenster Flasche Forelle Gabel Garten Gitarre Hafen Herbst Honig Igel Insel Kamel Karotte Kerze
Kirsche Koffer Kreide Krone Kuchen Lampe Leiter Mantel Marmor Melone Muschel Nebel Orange Palme
Papagei Pfeffer Pinsel Planet Rakete Regen Rose Sattel Schaukel Schere Silber Sommer Spiegel Teppich
Tiger Tomate Traube Trommel Tulpe Violine Walnuss Wolke Zebra Zitrone Zucker
"""

_ES: Final = """
abeja aguja ardilla arena ballena bandera barco bosque botella camello camisa campana canela caracol
castillo cereza cometa conejo corona cuchara delfín dragón espejo estrella fresa fuente gallina
girasol guitarra hierba hormiga isla jardín jirafa lechuga limón lluvia lámpara madera manzana
mariposa martillo melón mercado montaña naranja nieve nube oveja paloma piedra pincel planeta puente
ratón reloj sandía tambor tigre tomate tortuga trigo ventana verano violín zapato zorro
"""

_ZH: Final = """
苹果 香蕉 西瓜 葡萄 樱桃 柠檬 橘子 草莓 菠萝 核桃 花生 玉米 土豆 番茄 黄瓜 茄子 豆腐 面包 牛奶 咖啡
大象 老虎 狮子 熊猫 猴子 兔子 松鼠 海豚 鲸鱼 乌龟 青蛙 蝴蝶 蜻蜓 蜜蜂 孔雀 企鹅 长城 高山 河流 森林
沙漠 海洋 彩虹 月亮 太阳 星星 雪花 春天 秋天 冬天 钢琴 吉他 铅笔 雨伞 窗户 镜子 剪刀 灯笼 风筝 帽子
手套 围巾 火车 飞机 轮船 蜡烛
"""

WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": tuple(_EN.split()),
    "zh": tuple(_ZH.split()),
    "de": tuple(_DE.split()),
    "es": tuple(_ES.split()),
}
"""At least 64 in each language: with four digits 25 bits, for a code that lives five minutes."""

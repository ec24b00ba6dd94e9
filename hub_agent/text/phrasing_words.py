"""Words that open or close a phrase, for finding a place to breathe."""

from hub_agent.text.tables import word_set

OPENERS = {
    "en": word_set(
        "and or but nor so yet because although though while when where which who whose that if "
        "unless until after before since as than in on at by for from with without into onto to "
        "over under about between through during against of whereas whether"
    ),
    "de": word_set(
        "und oder aber denn sondern weil obwohl während wenn als wo wohin der die das dass ob bis "
        "nachdem bevor seit damit falls in im an am auf aus bei beim mit nach von vom vor zu zum "
        "zur um für ohne gegen durch über unter zwischen wegen sowie"
    ),
    "fr": word_set(
        "et ou mais car donc que qui quand si lorsque puisque parce dans en à au aux de du des par "
        "pour avec sans sur sous vers chez depuis pendant"
    ),
    "es": word_set(
        "y e o u pero porque que cuando si donde aunque mientras en a al de del por para con sin "
        "sobre desde hasta entre"
    ),
    "it": word_set(
        "e o ma perché che quando se dove mentre in a al alla di del della da dal per con senza su "
        "sul tra fra"
    ),
    "nl": word_set(
        "en of maar want omdat dat die wanneer als terwijl in op aan bij met van voor naar uit om "
        "door over onder tussen zonder"
    ),
    "pt": word_set(
        "e ou mas porque que quando se onde embora enquanto em no na a ao à de do da por para com "
        "sem sobre desde até entre"
    ),
    "ru": word_set(
        "и или но а что чтобы если когда где пока потому как в во на с со к ко по от до из за для "
        "без через над под при между"
    ),
    "zh": frozenset(
        "和与與及并並或而但因所如若就才也都还還再又在从從对對把被给給向往为為以当當请請"
    ),
    "ja": frozenset(),
}
"""A cut is good before these."""

CLINGING = {
    "en": word_set("a an the my your his her its our their this that these those no very"),
    "de": word_set(
        "ein eine einen einem einer eines der die das den dem des mein meine dein deine sein seine "
        "ihr ihre unser unsere kein keine sehr nicht"
    ),
    "fr": word_set("le la les l un une des mon ma mes ton ta tes son sa ses ce cet cette ne"),
    "es": word_set("el la los las un una mi tu su no lo se"),
    "it": word_set("il lo la i gli le un uno una mio tuo suo non"),
    "nl": word_set("de het een mijn jouw zijn haar ons niet"),
    "pt": word_set("o a os as um uma meu minha seu sua não"),
    "ru": word_set("не ни"),
}
"""A cut is bad after these, and after the openers."""

WIDE_CLOSERS = frozenset("的了着過过吧吗嗎呢啊地得はがをにでともへやねよからまで")
"""Characters after which a phrase of Chinese or Japanese may end."""

ABBREVIATIONS = word_set(
    "dr. prof. mr. mrs. ms. st. no. nr. sr. sra. srta. m. mme. mlle. dott. sig. sig.ra ing. av. "
    "tel. art. vol. p. pp. ca. cf. vs. bv. dhr. mevr. resp. т. г. ул. д. им. тел. т.е. т.д."
)
"""For the languages without tables of their own."""

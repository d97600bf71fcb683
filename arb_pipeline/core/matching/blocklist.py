"""Words that exclude a listing: refused terms, languages and games.

Data, in the form that `tokenizer.split` leaves.
"""

from arb_pipeline.core.matching.result import Reason
from arb_pipeline.core.matching.vocabulary import Phrase, phrases

_REFUSED: dict[Reason, str] = {
    "repack": (
        "repack,repacked,repackaged,re pack,mystery,chance,surprise,grab bag,guaranteed,custom,homemade,cube,"
        "fan made,proxy,proxies,replica,fake,chase,break,live break,box break,spot,raffle,razz,rip ship,"
        "rip n ship,lucky,blind bag,search,searched,weighed,unweighed"
    ),
    "empty": (
        "empty,box only,packaging only,wrapper,tin only,case only,display only,outer box,no pack,no booster,"
        "no card,without pack,without booster,without card,no contents,vazia,vazio,leer,vide,vuota"
    ),
    "opened": (
        "opened,unsealed,resealed,reseal,re sealed,open box,openbox,no box,without box,card only,used,aberto,"
        "aberta,usado,usada,partial,incomplete,missing,unwrapped,not sealed,no shrink,no wrap,no shrinkwrap,"
        "without shrink"
    ),
    "damaged": "damaged,damage,dented,dent,ripped,torn,tear,crushed,danificado,danificada",
    "code_card": "code,digital,arena,mtga,mtgo,ptcgo,ptcgl,tcg live,tcgl,redemption,codigo",
    "single_card": (
        "single card,carta avulsa,carta,singles,nm,near mint,lp,psa,cgc,bgs,graded,slab,holo,full art,playset"
    ),
    "accessory": (
        "deck box,playmat,play mat,toploader,top loader,acrylic,acrilico,protector,protetor,magnetic case,"
        "storage,case for,capa,dice,dado,spindown,spin down,coin,moeda,figurine,miniature,miniatura,shield,"
        "ultra pro,gamegenic,token,life counter,sleeve only,card sleeve,poster only,divider,display case,"
        "stand,keychain,plush,shirt"
    ),
    "lot": (
        "lot,lote,lotto,bulk,wholesale,joblot,konvolut,combo,both,pair,playsets,several,multiple,assorted,"
        "assortment,each"
    ),
    "ambiguous": "choose,pick,select,your choice,random,or",
}
REFUSED: dict[Phrase, Reason] = {
    phrase: reason for reason, listed in _REFUSED.items() for phrase in phrases(listed)
}
"""Refused terms; void where the product's own name has them, as in "Mystery Booster" or "A Lot to Learn"."""

_LANGUAGES = {
    "English": "english,eng,en,ing,ingles,inglesa,anglais,englisch,inglese",
    "Japanese": "japanese,japan,japones,japonesa,japonais,japonaise,japanisch,giapponese,jp,jpn,jap",
    "Portuguese": "portuguese,portugues,portuguesa,pt br,ptbr,pt,copag,brazilian,brasileiro,brasileira",
    "German": "german,germany,deutsch,deutsche,alemao,alema,allemand,tedesco,ger",
    "French": "french,francais,francaise,frances,francesa,franzosisch,francese,vf,fra",
    "Spanish": "spanish,espanol,espanola,espanhol,espanhola,spanisch,spagnolo,castellano,esp,spa",
    "Italian": "italian,italiano,italiana,italien,italienisch,ita",
    "Korean": "korean,korea,coreano,coreana,coreen,koreanisch,kor,kr",
    "Chinese": "chinese,china,chines,chinesa,chino,chinois,chinesisch,cinese,chn,cn,taiwan,taiwanese",
    "Russian": "russian,russo,russa,russe,russisch,rus",
    "Dutch": "dutch,holandes,nederlands",
    "Polish": "polish,polones,polski",
    "Thai": "thai,thailand,tailandes",
    "Indonesian": "indonesian,indonesia,indonesio",
    "Phyrexian": "phyrexian",
    "another": "foreign,multilingual,non english,asian,asia",
}
LANGUAGES: dict[Phrase, str] = {
    phrase: language for language, listed in _LANGUAGES.items() for phrase in phrases(listed)
}
CODES = {
    "br": "Portuguese",
    "de": "German",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "ru": "Russian",
}
"""Language codes that are words too: they count alone, in brackets or at the end."""

GAMES: dict[Phrase, str] = {
    ("mtg",): "mtg",
    ("pokemon",): "pokemon",
    ("ptcg",): "pokemon",
    ("yugioh",): "yugioh",
    **dict.fromkeys(
        phrases(
            "digimon,lorcana,one piece,flesh blood,dragon ball,weiss schwarz,star wars unlimited,union arena,"
            "cardfight vanguard,force will,sorcery contested,gundam,riftbound"
        ),
        "another",
    ),
}

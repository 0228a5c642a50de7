"""Every script: what was heard of an answer, what the model is told of it, and which answers are whole."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s import wire
from s2s.core.effects import SendContext
from s2s.core.events import GenerationComplete, Interrupted, ModelAudio, ModelTranscriptDelta, TurnComplete
from s2s.core.transcript_alignment import AlignedTranscript
from s2s.core.watchdog.repetition_detector import Repetition, RepetitionDetector
from s2s.core.watchdog.silence_detector import MIN_SILENCE_MS, SilenceDetector
from s2s.unicode_text import Ending, clusters, count_words, ending, letters, units
from tests.core.told_call import SOUND, Call
from tests.stage import Stage, voice

GOLDEN = json.loads((Path(__file__).resolve().parents[2] / "wire/fixtures/text.json").read_text("utf-8"))
ANSWERS = {
    "Chinese": "今天巴黎的天气非常好，阳光明媚，气温大约二十二度。下午可能会有一点风，但是不会下雨，适合出门散步。",
    "Japanese": "今日のパリはとてもいい天気です。"
    "気温は二十二度くらいで、午後は少し風が吹くかもしれませんが、雨は降りません。",
    "Korean": "오늘 파리의 날씨는 아주 좋습니다. "
    "기온은 약 이십이 도이고 오후에는 바람이 조금 불 수 있지만 비는 오지 않습니다.",
    "Thai": "วันนี้อากาศที่ปารีสดีมากมีแดดจ้าอุณหภูมิประมาณยี่สิบสององศาตอนบ่ายอาจมีลมเล็กน้อยแต่ฝนไม่ตกเหมาะกับการเดินเล่น",
    "Hindi": "आज पेरिस में मौसम बहुत अच्छा है और धूप खिली हुई है। दोपहर में थोड़ी हवा चल सकती है लेकिन बारिश नहीं होगी।",
    "Arabic": "الطقس في باريس اليوم جميل جدا والشمس مشرقة. قد تهب رياح خفيفة بعد الظهر ولكن لن تمطر السماء اليوم.",
    "Urdu": "آج پیرس میں موسم بہت اچھا ہے اور دھوپ نکلی ہوئی ہے۔ دوپہر کو ہلکی ہوا چل سکتی ہے لیکن بارش نہیں ہوگی۔",
    "Burmese": "ဒီနေ့ပါရီမြို့မှာရာသီဥတုအရမ်းကောင်းပါတယ်။ နေ့လယ်မှာလေအနည်းငယ်တိုက်နိုင်ပေမယ့်မိုးမရွာပါဘူး။",
    "Khmer": "ថ្ងៃនេះអាកាសធាតុនៅទីក្រុងប៉ារីសល្អណាស់។ នៅពេលរសៀលអាចមានខ្យល់បន្តិចប៉ុន្តែគ្មានភ្លៀងទេ។",
    "emoji": "Sure 😀 here is a family 👨‍👩‍👧‍👦 and a flag 🇫🇷 "
    "and a thumb 👍🏽 and an astronaut 👩🏾‍🚀 and a heart ❤️ for you 🎉",
}
SPOKEN_S = 8.0
PIECES = 9


def pieces(text: str) -> list[str]:
    """Nine pieces, cut between characters, as upstream sends them."""
    found = clusters(text)
    return ["".join(found[at * len(found) // PIECES : (at + 1) * len(found) // PIECES]) for at in range(PIECES)]


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden["name"])
def test_characters_and_words_are_those_that_the_page_sees(golden: dict):
    text = golden["text"]
    assert clusters(text) == golden["clusters"]
    assert sum(map(letters, clusters(text))) == golden["letters"]
    assert [text[start:end] for start, end in units(text)] == golden["units"]


@given(st.text(st.sampled_from("aé 漢かกาមြ한क्षत्रि।🇫🇷👩🏾‍🚀\u200d\u0301\r\n"), max_size=30))
def test_units_are_all_of_the_text_and_cut_no_character(text: str):
    spans = list(units(text))
    assert "".join(text[start:end] for start, end in spans) == text
    edges = {0}
    for cluster in clusters(text):
        edges.add(max(edges) + len(cluster))
    assert {end for _, end in spans} <= edges


@pytest.mark.parametrize("share", [0.45, 0.6])
@pytest.mark.parametrize("language", ANSWERS)
def test_of_an_answer_in_any_script_that_part_is_heard_which_sounded(language: str, share: float):
    s = Stage()
    text = ANSWERS[language]
    for piece in pieces(text):
        s.say(ModelTranscriptDelta(piece))
        s.say(ModelAudio(voice(SPOKEN_S / PIECES)))
    s.advance(SPOKEN_S * share)
    s.say(Interrupted())
    s.listen(1, round(SPOKEN_S * share * 1000))
    [(_, heard)] = s.told(wire.Heard)
    said = text[: heard.chars]
    assert abs(len(clusters(said)) / len(clusters(text)) - share) < 0.1, said
    assert clusters(said) == clusters(text)[: len(clusters(said))], "half a character"
    s.say(TurnComplete())
    s.advance(3)
    [note] = s.did(SendContext)
    assert said.strip() in note.text


@pytest.mark.parametrize("language", ["Chinese", "Thai", "Burmese"])
def test_a_transcript_that_comes_before_its_voice_is_spread_over_it(language: str):
    t = AlignedTranscript()
    text = ANSWERS[language]
    t.append_piece(text[: len(text) // 2], 0)
    t.append_piece(text[len(text) // 2 :], 40)
    heard = text[: t.heard_chars(4_000, 8_000)]
    assert 0.4 < len(clusters(heard)) / len(clusters(text)) < 0.6


def test_a_character_that_comes_in_two_pieces_is_heard_whole_or_not_at_all():
    t = AlignedTranscript()
    t.append_piece("A family 👨‍👩", 0)
    t.append_piece("‍👧 and a house", 1_000)
    for heard_ms in range(0, 2_000, 20):
        heard = t.text[: t.heard_chars(heard_ms, 2_000)]
        assert clusters(heard) == clusters(t.text)[: len(clusters(heard))]


def test_a_word_or_two_that_were_not_heard_are_no_news_in_chinese_either():
    s = Stage()
    text = "今天巴黎的天气非常好"
    s.say(ModelTranscriptDelta(text))
    s.say(ModelAudio(voice(2.0)))
    s.advance(1.8)
    s.say(Interrupted())
    s.listen(1, 1_800)
    s.say(TurnComplete())
    s.advance(3)
    assert s.did(SendContext) == []


WHOLE = {
    "danda": "मैं ठीक हूँ।",
    "double danda": "इति॥",
    "Arabic question mark": "هل أنت بخير؟",
    "Urdu full stop": "میں ٹھیک ہوں۔",
    "Japanese closing bracket": "彼は「はい」と言った（笑）",
    "Japanese quote": "「はい、そうです」",
    "Chinese": "今天天气很好。",
    "Chinese ellipsis": "让我想想……",
    "Japanese drawn out": "そうですね〜",
    "emoji": "That sounds great 🎉",
    "emoji family": "Say hello 👨‍👩‍👧",
    "flag": "Vive la France 🇫🇷",
    "heart with a selector": "Of course ❤️",
    "keycap": "Press 1️⃣",
    "skin colour": "Good 👍🏽",
    "Thai": "วันนี้อากาศดีมาก",
    "Thai with a number": "ราคา 500",
    "Thai with a name": "ค้นหาใน Google",
    "Lao": "ສະບາຍດີ",
    "Burmese": "နေကောင်းပါတယ်။",
    "Khmer": "ខ្ញុំសុខសប្បាយ។",
    "Khmer end of text": "ចប់៕",
    "Armenian": "Ես լավ եմ։",
    "Armenian with a colon": "Ես լավ եմ:",
    "Amharic": "ደህና ነኝ።",
    "Amharic question": "ደህና ነህ፧",
    "Greek question": "Τι κάνεις;",
    "Greek question mark": "Τι κάνεις\u037e",
    "Tibetan": "བཀྲ་ཤིས་བདེ་ལེགས།",
    "Hebrew": "שלום.",
    "Korean": "날씨가 좋네요.",
    "Sinhala": "හොඳයි.",
    "interrobang": "Really‽",
    "German quote": "Er sagte: „Ja.“",
    "French quote": "Il a dit : « Oui. »",
    "emphasis": "That is **all.**",
    "invisible mark behind it": "سلام.\u200f",
    "spaces behind it": "Fine. \n",
    "Devanagari with a Latin full stop": "मैं ठीक हूँ.",
}
BROKEN = {
    "English": "I would like to tell you about the",
    "English comma": "First of all,",
    "English name": "The capital of France is Paris",
    "English semicolon": "It rains;",
    "English colon": "Here it is:",
    "Hindi": "आज पेरिस में मौसम बहुत",
    "Arabic comma": "أولا،",
    "Urdu": "میں ٹھیک",
    "Chinese": "今天天气很",
    "Japanese comma": "今日は、",
    "Korean": "오늘 파리의 날씨는",
    "Burmese": "ဒီနေ့ပါရီမြို့မှာ",
    "Khmer": "ថ្ងៃនេះអាកាសធាតុ",
    "Amharic comma": "ደህና፣",
    "Greek colon": "Λοιπόν:",
    "opening bracket": "It is (",
    "emoji in the middle": "Sure 😀 let me see what",
}


def answered(text: str) -> Call:
    """An answer whose end comes without a word that it was generated to its end."""
    call = Call()
    call.person_says(" tell me")
    call.say(ModelTranscriptDelta(text))
    call.say(ModelAudio(SOUND))
    call.say(TurnComplete())
    call.advance(5)
    return call


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_answer_is_not_taken_for_a_broken_one(name: str):
    assert ending(WHOLE[name]) is not Ending.BROKEN
    assert "early_turn_complete" not in answered(WHOLE[name]).incidents()


@pytest.mark.parametrize("name", BROKEN)
def test_an_answer_that_breaks_off_is_still_noticed(name: str):
    assert "early_turn_complete" in answered(BROKEN[name]).incidents()


def test_of_a_script_without_marks_nothing_is_concluded_from_its_end():
    assert ending("วันนี้อากาศดี") is Ending.UNKNOWN
    assert ending("") is Ending.UNKNOWN
    assert ending("  ") is Ending.UNKNOWN


@pytest.mark.parametrize("language", ["Chinese", "Thai", "Hindi", "Korean"])
def test_an_answer_that_begins_again_is_noticed_in_any_script(language: str):
    repeats, told = RepetitionDetector(), []
    for at, piece in enumerate([*pieces(ANSWERS[language]), *pieces(ANSWERS[language])]):
        told.append(repeats.on_transcript(piece, 500 * at))
    assert told.count(Repetition.BEGAN) == 1
    assert Repetition.BEGAN not in told[:PIECES]


def test_a_few_characters_that_come_twice_are_no_repetition():
    repeats = RepetitionDetector()
    told = [repeats.on_transcript(piece, 0) for piece in ("我觉得这个地方很好。", "我觉得", "那个也很好。")]
    assert told == [None, None, None]


@pytest.mark.parametrize("language", ["Chinese", "Thai"])
def test_words_without_a_sound_are_noticed_in_scripts_without_spaces(language: str):
    quiet = SilenceDetector()
    quiet.on_transcript("A")
    quiet.on_audio(1_000, loud=True)
    quiet.on_audio(100, loud=False)
    quiet.on_transcript(ANSWERS[language][:20])
    quiet.on_audio(MIN_SILENCE_MS, loud=False)
    assert quiet.inaudible_span() is not None


def test_words_are_counted_in_every_script():
    assert count_words("It isn't 3 o'clock, is it?") == 6
    assert count_words("今天天气很好。") == 3
    assert count_words("मैं ठीक हूँ।") == 3
    assert count_words(" … 。!?") == 0


def test_english_is_cut_as_ever_and_a_complete_answer_goes_well():
    call = Call()
    call.person_says(" tell me")
    call.say(ModelTranscriptDelta("The capital of France is"))
    call.say(ModelAudio(SOUND))
    call.say(GenerationComplete())
    call.say(TurnComplete())
    call.advance(5)
    assert "early_turn_complete" not in call.incidents()

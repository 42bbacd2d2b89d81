#include "cluster/word.hpp"

#include <doctest/doctest.h>

using namespace gateway;
using namespace gateway::cluster;
using What = Word::What;

namespace {

std::optional<Word> sent(const Word& word) {
    std::string record;
    word.append(record);
    Outline outline;
    return parse_word(record, outline);
}

Word word_of(What what) {
    return {.what = what,
            .from = "a.1",
            .to = "b.\"2",
            .life = 18'000'000'000'000'000'000U,
            .number = 3,
            .job = {.high = 1, .low = 2},
            .attempt = 2,
            .service = "sum"};
}

TEST_CASE("a job arrives as it was sent, its body byte for byte") {
    Word word = word_of(What::job);
    word.command = "a \"b\"\n";
    word.timeout = std::chrono::milliseconds(1500);
    word.body = std::make_shared<const std::string>("{ \"x\":\n1.0 }");
    const auto came = sent(word);
    REQUIRE(came);
    CHECK(came->what == What::job);
    CHECK(came->from == "a.1");
    CHECK(came->to == "b.\"2");
    CHECK(came->life == word.life);
    CHECK(came->number == 3);
    CHECK(came->job == word.job);
    CHECK(came->attempt == 2);
    CHECK(came->service == "sum");
    CHECK(came->command == word.command);
    CHECK(came->timeout == word.timeout);
    CHECK(*came->body == *word.body);
}

TEST_CASE("the other words arrive with what is theirs") {
    Word word = word_of(What::recall);
    word.why = Errc::job_answered;
    CHECK(sent(word)->why == Errc::job_answered);

    word = word_of(What::answer);
    word.is_failure = true;
    word.body = std::make_shared<const std::string>("null");
    CHECK(sent(word)->is_failure);
    CHECK(*sent(word)->body == "null");

    word = word_of(What::give_back);
    word.version = 9;
    CHECK(sent(word)->version == 9);
    CHECK_FALSE(sent(word)->body);

    CHECK(sent(word_of(What::give_up))->what == What::give_up);

    word = word_of(What::progress);
    word.body = std::make_shared<const std::string>("50");
    CHECK(*sent(word)->body == "50");

    word = word_of(What::hello);
    word.queue = "q";
    word.seen = 5;
    CHECK(sent(word)->queue == "q");
    CHECK(sent(word)->seen == 5);
}

TEST_CASE("a question and what is said to it arrive as they were sent") {
    Word ask = word_of(What::ask);
    ask.question = 7;
    ask.verb = Word::Verb::answer;
    ask.is_failure = true;
    ask.body = std::make_shared<const std::string>("{\"error\":1}");
    auto came = sent(ask);
    REQUIRE(came);
    CHECK(came->question == 7);
    CHECK(came->verb == Word::Verb::answer);
    CHECK(came->job == ask.job);
    CHECK(came->is_failure);
    CHECK(*came->body == "{\"error\":1}");
    ask.verb = Word::Verb::find;
    ask.body = nullptr;
    CHECK_FALSE(sent(ask)->body);
    CHECK(sent(ask)->verb == Word::Verb::find);

    Word told = word_of(What::told);
    told.question = 7;
    came = sent(told);
    REQUIRE(came);
    CHECK_FALSE(came->refusal);
    CHECK_FALSE(came->view);
    told.refusal = Error(Errc::job_answered, "said \"before\"");
    came = sent(told);
    REQUIRE(came);
    CHECK(came->refusal->code == Errc::job_answered);
    CHECK(came->refusal->message == "said \"before\"");
}

TEST_CASE("a job is described as it is, working or ended, with or without what it ended with") {
    using services::JobView;
    Word told = word_of(What::told);
    told.view = JobView{.id = {.high = 4, .low = 5},
                        .service = "sum",
                        .command = "do",
                        .state = JobView::State::working,
                        .attempts = 2};
    auto came = sent(told);
    REQUIRE(came);
    REQUIRE(came->view);
    CHECK(came->view->id == told.view->id);
    CHECK(came->view->service == "sum");
    CHECK(came->view->command == "do");
    CHECK(came->view->state == JobView::State::working);
    CHECK(came->view->attempts == 2);
    CHECK_FALSE(came->view->outcome);

    told.view->state = JobView::State::ended;
    told.view->outcome = Error(Errc::job_expired);
    came = sent(told);
    REQUIRE(came);
    CHECK(came->view->outcome->error().code == Errc::job_expired);

    told.view->outcome = services::Answer{.body = nullptr, .is_failure = true};
    came = sent(told);
    REQUIRE(came);
    CHECK((*came->view->outcome)->is_failure);
    CHECK_FALSE((*came->view->outcome)->body);
    told.body = std::make_shared<const std::string>("[1]");
    CHECK(*(*sent(told)->view->outcome)->body == "[1]");
}

TEST_CASE("what is no word is none") {
    Outline outline;
    std::string record;
    word_of(What::give_up).append(record);
    CHECK(parse_word(record, outline));
    for (const std::string_view changed :
         {"", "\n", "{}\n", "[]\n", "null\n", R"({"what":"hello"})"}) {
        CHECK_FALSE(parse_word(changed, outline));
    }
    for (const auto& [part, instead] : std::initializer_list<std::pair<std::string, std::string>>{
             {"give_up", "give"},
             {"\"life\":1", "\"life\":-1"},
             {"\"attempt\":2", "\"attempt\":0"},
             {"\"number\":3", "\"number\":\"3\""},
             {"\"service\":", "\"server\":"},
             {"00000000-", "0000000-"}}) {
        std::string other = record;
        other.replace(other.find(part), part.size(), instead);
        CAPTURE(other);
        CHECK_FALSE(parse_word(other, outline));
    }
}

}  // namespace

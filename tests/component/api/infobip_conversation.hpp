// Golden HTTP conversations with the Infobip dialect, over the fakes:
// tests/golden/api/infobip/*.txt.
//
// A line with # is a comment. `> ` lines are a request: method and target, headers, an empty line,
// the body. `< ` lines are the whole answer: the status, the headers that matter, an empty line,
// the exact bytes of the body. `@` lines arrange the world before the next request:
//   @application [disabled] [once] [ttl=10m] [attempts=3]   of the documents' application
//   @message sender=NAME | text=...                          of the documents' template
//   @account [suspended] [strict] [caller=CIDR] [sender=NAME] [blocked=PREFIX]
//   @pin ID code=1598 [tries=3] [life=SECONDS] [once] [verified] [cancelled] [limit=1/3s] [foreign]
//   @sending [nc=] [sms=] [call=] [dlr=] [reason=]           one more of the PIN added last
//   @next KIND [nc=] [sms=] [call=] [reason=] [retry=SECONDS] [unminted]
//                                                            the order desk's next answer
//   @later SECONDS                                           the clock
//   @away                                                    the database
// {APP} and {MSG} stand for the ids that an answer brought: 32 upper-case hex digits.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "api/infobip/dialect.hpp"
#include "tests/component/api/fakes.hpp"

namespace pinwire::api::test {

// The ids and the key of the published examples.
inline constexpr const char* document_key =
    "003026bbc133714df1834b8638bb496e-8f4b3d9a-e931-478d-a994-28a725159ab9";
inline constexpr const char* document_application = "HJ675435E3A6EA43432G5F37A635KJ8B";
inline constexpr const char* document_message = "0130269F44AFD07AEBC2FEFEB30398A0";
inline constexpr const char* document_pin = "9C817C6F8AF3D48F9FE553282AFA2B67";
inline constexpr const char* document_number = "41793026727";

class infobip_conversation {
public:
    infobip_conversation();

    // Plays the text and expects each answer; a difference names the line of the request.
    void play(const std::string& text);

    http::response ask(const a_call&);
    postgres::application& application();
    postgres::message_template& message();
    // Sent by this dialect with the documents' template, so that it can be sent again.
    fake_pin& add_pin(const std::string& id, const std::string& code);

    world all;
    infobip_dialect dialect;

private:
    struct exchange {
        int line = 0;
        std::vector<std::string> request;
        std::vector<std::string> answer;
    };
    using words = std::map<std::string, std::string>;

    void arrange(const std::string& directive);
    void arrange_application(const words&);
    void arrange_message(const std::string& what, const std::string& value);
    void arrange_account(const words&);
    void arrange_pin(const std::string& id, const words&);
    void arrange_sending(const words&);
    void arrange_next(const std::string& kind, const words&);
    void play_one(exchange);
    void learn(const std::string& name, const char* member, const std::string& body);
    std::string known(std::string text) const;

    std::map<std::string, std::string> ids_;  // {APP}, {MSG}
    fake_pin* pin_ = nullptr;                 // the last one added
};

}  // namespace pinwire::api::test

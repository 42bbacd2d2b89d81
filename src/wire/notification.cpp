#include "wire/notification.hpp"

#include "wire/base64.hpp"
#include "wire/escape.hpp"
#include "wire/reply.hpp"

namespace gateway {

namespace {

void append_base64_string(std::string& out, std::string_view bytes) {
    out += '"';
    append_base64(out, bytes);
    out += '"';
}

void append_key(std::string& out, const std::optional<std::string_view>& key) {
    out += R"(,"key":)";
    if (!key) {
        out += "null";
    } else if (is_utf8(*key)) {
        append_string(out, *key);
    } else {
        append_base64_string(out, *key);
        out += R"(,"key_e":"base64")";
    }
}

bool is_text(const Header& header) { return !header.value || is_utf8(*header.value); }

/// A name that is not UTF-8 cannot stand in JSON at all.
bool is_shown(const Header& header, bool as_text) {
    return is_text(header) == as_text && is_utf8(header.name);
}

void append_headers(std::string& out, std::span<const Header> headers, bool as_text) {
    out += '{';
    bool first = true;
    for (const Header& header : headers) {
        if (!is_shown(header, as_text)) continue;
        if (!first) out += ',';
        first = false;
        append_string(out, header.name);
        out += ':';
        if (!header.value) {
            out += "null";
        } else if (as_text) {
            append_string(out, *header.value);
        } else {
            append_base64_string(out, *header.value);
        }
    }
    out += '}';
}

void append_meta(std::string& out, const NotificationMeta& meta) {
    out += R"(,"o":)";
    append_position(out, meta.topic, meta.partition, meta.offset);
    out.pop_back();
    out += R"(,"timestamp":)";
    append_number(out, meta.timestamp);
    append_key(out, meta.key);
    out += R"(,"headers":)";
    append_headers(out, meta.headers, true);
    for (const Header& header : meta.headers) {
        if (!is_shown(header, false)) continue;
        out += R"(,"headers_b64":)";
        append_headers(out, meta.headers, false);
        break;
    }
    out += '}';
}

void append_head(std::string& out, std::uint64_t id, std::string_view action,
                 std::string_view sub) {
    out += R"({"id":)";
    append_number(out, static_cast<std::int64_t>(id));
    out += R"(,"t":"notif")";
    out += action;
    if (!sub.empty()) {
        out += R"(,"sub":)";
        out += sub;
    }
}

}  // namespace

void append_notification(std::string& out, std::uint64_t id, std::optional<std::string_view> value,
                         bool is_json, const NotificationMeta* meta, std::string_view sub) {
    append_head(out, id, {}, sub);
    out += R"(,"p":)";
    if (!value) {
        out += "null";
    } else if (is_json) {
        out += *value;
    } else if (is_utf8(*value)) {
        append_string(out, *value);
    } else {
        append_base64_string(out, *value);
        out += R"(,"e":"base64")";
    }
    if (meta) append_meta(out, *meta);
    out += '}';
}

void append_gap(std::string& out, std::uint64_t id, std::string_view sub,
                const NotificationGap& gap) {
    append_head(out, id, R"(,"a":"gap")", sub);
    out += R"(,"p":{"topic":)";
    append_string(out, gap.topic);
    out += R"(,"partition":)";
    append_number(out, gap.partition);
    out += R"(,"from":)";
    append_number(out, gap.from);
    out += R"(,"to":)";
    append_number(out, gap.to);
    if (gap.kept) {
        out += R"(,"code":")";
        out += traits_of(Errc::offset_out_of_range).name;
        out += R"(","earliest":)";
        append_number(out, gap.kept->earliest);
        out += R"(,"latest":)";
        append_number(out, gap.kept->latest);
    }
    out += "}}";
}

void append_snapshot_end(std::string& out, std::uint64_t id, std::string_view sub) {
    append_head(out, id, R"(,"a":"snapshot_end")", sub);
    out += '}';
}

void append_delivery(std::string& out, std::uint64_t id, std::string_view refid,
                     std::string_view payload) {
    out += R"({"id":)";
    append_number(out, static_cast<std::int64_t>(id));
    if (!refid.empty()) {
        out += R"(,"refid":)";
        out += refid;
    }
    out += R"(,"t":"delivery","p":)";
    out += payload;
    out += '}';
}

}  // namespace gateway

// Longer than a file should be: it is one table, a row for each key.

#include "config/keys.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/ascii.hpp"
#include "config/key_types.hpp"

namespace gateway::config {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kib = 1 << 10;
constexpr std::uint64_t mib = 1 << 20;
constexpr std::uint64_t gib = 1 << 30;

std::vector<Key> make_keys() {
    using Amqp = amqp::Options;
    using Batch = BatchRule;
    using Cluster = cluster::Options;
    using Deliveries = deliveries::Options;
    using Desks = services::DeskOptions;
    using Engineio = engineio::Options;
    using Fanout = fanout::Options;
    using Http = http::Options;
    using Kafka = kafka::Options;
    using Kasocki = kasocki::Options;
    using Memory = memory::Options;
    using Routing = routing::Options;
    using Names = services::EventNameLimits;
    using Services = services::Options;
    using Session = SessionOptions;
    using Socketio = socketio::Options;
    using Websocket = websocket::Options;

    constexpr auto session = &Config::session;
    constexpr auto producer = &Session::producer;
    constexpr auto consumer = &Session::consumer;
    constexpr auto requests = &Session::requests;
    constexpr auto pushes = &Session::pushes;
    constexpr auto services = &Config::services;
    constexpr auto desks = &Services::desks;
    constexpr auto event_names = &Desks::event_names;

    return {
        key("websocket.address", address(),
            "Where clients connect; 0.0.0.0 or :: for every interface.", &Config::websocket,
            &Websocket::address),
        key("websocket.port", number(0, 65535),
            "The port clients connect to; 0 takes any free one.", &Config::websocket,
            &Websocket::port),
        key("websocket.path", path(),
            "Where WebSockets are served; see socketio.path for Socket.IO.", &Config::websocket,
            &Websocket::path),
        key("websocket.threads", number(0, 1024),
            "Threads that serve connections, WebSocket and HTTP; 0 is one for each core.",
            &Config::websocket, &Websocket::threads),
        key("websocket.max_connections", number(0, 100'000'000),
            "WebSocket connections at once; 0 is seven eighths of what the limit on open files "
            "allows, which HTTP connections share.",
            &Config::websocket, &Websocket::max_connections),
        key("websocket.max_frame_bytes", size(1 * kib, 1 * gib),
            "Bytes of one message of a client, its fragments together; a larger one closes the "
            "connection with 1009.",
            &Config::websocket, &Websocket::max_frame_bytes),
        key("websocket.max_buffered_bytes", size(4 * kib, 1 * gib),
            "Bytes given to a connection's socket and not written yet, beyond which the client is "
            "sent nothing more and its requests wait. Answers to requests under way may then take "
            "16 times as much; further ones are refused with too_many_requests.",
            session, &Session::max_buffered_bytes),
        key("websocket.handshake_timeout", duration(1ms, 1h),
            "Time for a new connection to ask for a WebSocket.", &Config::websocket,
            &Websocket::handshake_timeout),
        key("websocket.idle_timeout", duration(10ms, 24h),
            "A client that is silent for this long, and does not answer our ping either, is "
            "closed.",
            &Config::websocket, &Websocket::idle_timeout),

        key("websocket.origins", origins(),
            "Pages that may connect, by their origins; those of the server's own host may anyway. "
            "Socket.IO has socketio.origins.",
            &Config::websocket, &Websocket::origins),
        key("websocket.user_header", header(),
            "The header in which a proxy that authenticates clients names their user, as "
            "X-Forwarded-User; none: nobody has a name.",
            &Config::websocket, &Websocket::user_header),
        key("websocket.user_header_from", networks(),
            "The addresses of such proxies; a request from another one with that header is "
            "refused.",
            &Config::websocket, &Websocket::user_header_from),

        key("websocket.decoders", decoders(),
            "Further paths of WebSockets and what their frames are, as /packed=msgpack: json, "
            "text, "
            "msgpack or base64.",
            &Config::routing, &Routing::decoders),

        key("node.id", name(),
            "What this server is called among several; random is another name at each start.",
            &Config::node, &NodeOptions::id),

        key("deliveries.enabled",
            choice<Deliveries::Enabled>({{"auto", Deliveries::Enabled::automatic},
                                         {"true", Deliveries::Enabled::yes},
                                         {"false", Deliveries::Enabled::no}}),
            "Whether services can send to single clients, by a queue of this server; auto: where "
            "there are routes and an AMQP broker.",
            &Config::deliveries, &Deliveries::enabled),
        key("deliveries.broker", name(),
            "The broker that has those queues; auto: the first AMQP broker, else the default one.",
            &Config::deliveries, &Deliveries::broker),
        key("deliveries.queue", name(),
            "This server's queue, or topic where there are no queues; auto: athena. and its id.",
            &Config::deliveries, &Deliveries::queue),
        key("deliveries.heartbeat", duration(10ms, 1h),
            "Time between two announcements to the other servers, which forget one after three.",
            &Config::deliveries, &Deliveries::heartbeat),
        key("deliveries.expiry", duration(100ms, 24h),
            "The queue, or what is in the topic, goes when this server has been away for so long.",
            &Config::deliveries, &Deliveries::expiry),
        key("deliveries.max_message_bytes", size(1 * kib, 1 * gib),
            "Bytes of a delivery and its headers; a larger one is reported with record_too_large.",
            &Config::deliveries, &Deliveries::max_message_bytes),
        key("deliveries.max_clients", number(1, 1'000'000),
            "Clients that a delivery may name; one of more is reported with limit_reached.",
            &Config::deliveries, &Deliveries::max_clients),
        key("deliveries.max_nodes", number(1, 100'000),
            "Other servers that are known; the clients of further ones are client_not_found.",
            &Config::deliveries, &Deliveries::max_nodes),
        key("deliveries.max_reports", number(1, 1'000'000),
            "Reports to services that the broker has not taken yet; further ones are dropped and "
            "counted as failed.",
            &Config::deliveries, &Deliveries::max_reports),
        key("deliveries.max_unsettled_bytes", size(1 * kib, 1 * gib),
            "About the bytes of forwarded deliveries, and again of reports, that the broker has "
            "not "
            "taken yet; further deliveries wait, further reports are dropped and counted as "
            "failed.",
            &Config::deliveries, &Deliveries::max_unsettled_bytes),

        key("socketio.path", path(),
            "Where clients of Socket.IO connect, on the port of the WebSockets.", &Config::engineio,
            &Engineio::path),
        key("socketio.origins", origins(),
            "Pages that may connect by Socket.IO; those of the server's own host may anyway.",
            &Config::engineio, &Engineio::origins),
        key("socketio.max_sessions", number(1, 100'000'000),
            "Socket.IO clients at once, those between two requests too; one more is answered with "
            "503.",
            &Config::engineio, &Engineio::max_sessions),
        key("socketio.max_payload", size(1 * kib, 1 * gib),
            "Bytes of one message or request of a Socket.IO client; a larger one is answered with "
            "413 or closes the connection with 1009.",
            &Config::engineio, &Engineio::max_payload),
        key("socketio.max_buffered_bytes", size(4 * kib, 1 * gib),
            "Bytes that wait for a Socket.IO client or are not written yet, beyond which it is "
            "read no further.",
            &Config::engineio, &Engineio::max_buffered_bytes),
        key("socketio.ping_interval", duration(10ms, 24h),
            "Time between two heartbeats of a Socket.IO client.", &Config::engineio,
            &Engineio::ping_interval),
        key("socketio.ping_timeout", duration(10ms, 24h),
            "Time for a Socket.IO client to answer a heartbeat.", &Config::engineio,
            &Engineio::ping_timeout),
        key("socketio.upgrade_timeout", duration(10ms, 1h),
            "Time for a Socket.IO client to change from requests to a WebSocket.",
            &Config::engineio, &Engineio::upgrade_timeout),
        key("socketio.connect_timeout", duration(10ms, 1h),
            "Time for a Socket.IO client to connect to a namespace.", &Config::socketio,
            &Socketio::connect_timeout),

        key("kasocki.allowed_topics", topics(),
            "The topics that clients of Kasocki may have, never internal ones.", &Config::kasocki,
            &Kasocki::allowed_topics),
        key("kasocki.message_field", text(),
            "The field of their messages that holds topic, partition, offset, timestamp and key; "
            "later versions of Kasocki had _kafka.",
            &Config::kasocki, &Kasocki::message_field),

        key("http.address", address(),
            "Where services are called and operators ask; 0.0.0.0 or :: for every interface.",
            &Config::http, &Http::address),
        key("http.port", number(0, 65535),
            "The port for /service, /jobs, /health, /healthz and /readyz; 0 takes any free one.",
            &Config::http, &Http::port),
        key("http.max_connections", number(1, 1'000'000),
            "HTTP connections at once, at most what the limit on open files allows, which "
            "WebSockets share; one more is answered with 503 and closed.",
            &Config::http, &Http::max_connections),
        key("http.max_header_bytes", size(256, 1 * mib),
            "Bytes of one header's value, and of a request's target; a request has at most 64 "
            "headers.",
            &Config::http, &Http::max_header_bytes),
        key("http.origins", origins(),
            "Pages that may call services over HTTP, by their origins; those of the server's own "
            "host may anyway.",
            &Config::http, &Http::origins),
        key("http.max_body_bytes", size(0, 1 * gib), "Bytes of a request's body.", &Config::http,
            &Http::max_body_bytes),
        key("http.idle_timeout", duration(10ms, 1h),
            "Time from one answer, or from connecting, to the whole of the next request; half a "
            "request is answered with 408.",
            &Config::http, &Http::idle_timeout),
        key("http.reply_timeout", duration(10ms, 1h),
            "Time for the server to answer a request that waits for no worker and no job, and for "
            "a client to take the answer.",
            &Config::http, &Http::reply_timeout),

        key("services.max_queued", number(1, 10'000'000),
            "Jobs that wait for a worker of one service; beyond it calls are refused with "
            "queue_full.",
            &Config::services, &Services::max_queued),
        key("services.max_queued_of_caller", number(1, 10'000'000),
            "Jobs of one caller that wait for a worker of one service, so that the others find "
            "room; beyond it the caller is refused with queue_full.",
            &Config::services, &Services::max_queued_of_caller),
        key("services.max_queued_bytes", size(4 * kib, 64 * gib),
            "Bytes of what waits for one service, beyond which the same happens.",
            &Config::services, &Services::max_queued_bytes),
        key("services.max_jobs", number(1, 100'000'000),
            "Jobs of all services that have no answer yet; beyond it calls are refused with "
            "limit_reached.",
            &Config::services, &Services::max_jobs),
        key("services.max_bytes", size(4 * kib, 64 * gib),
            "Bytes of those, beyond which the same happens.", &Config::services,
            &Services::max_bytes),
        key("services.max_callers_of_job", number(1, 1'000'000),
            "Callers that wait for one job by its idempotency key; one more is refused with "
            "queue_full.",
            &Config::services, &Services::max_callers_of_job),
        key("services.max_workers", number(1, 100'000'000),
            "Workers that are registered or wait for a job; one more is refused with "
            "limit_reached.",
            &Config::services, &Services::max_workers),
        key("services.max_poll", number(1, 100'000),
            "Jobs that a worker gets, or answers, by one request.", &Config::services,
            &Services::max_poll),
        key("services.timeout", duration(1ms, 24h),
            "Time for a job to be answered, where its caller does not say.", &Config::services,
            &Services::timeout),
        key("services.max_timeout", duration(1ms, 24h),
            "The longest time that a caller may give a job, or a worker wait for one.",
            &Config::services, &Services::max_timeout),
        key("services.lease", duration(1ms, 24h),
            "Time for a worker to answer a job or to say how far it is; then the job goes to "
            "another.",
            &Config::services, &Services::lease),
        key("services.attempts", number(1, 1000),
            "Workers that a job goes to, one after the other, before its caller is told "
            "job_abandoned.",
            &Config::services, &Services::attempts),
        key("services.poll_timeout", duration(0ms, 24h),
            "Time that a worker over HTTP waits for a job, where it does not say; then it gets "
            "204.",
            &Config::services, &Services::poll_timeout),
        key("services.keep", duration(0ms, 24h),
            "Time that a finished job is known and its idempotency key stands for its answer.",
            &Config::services, &Services::keep),
        key("services.max_kept", number(0, 10'000'000),
            "Finished jobs that are known, beyond which the oldest are forgotten.",
            &Config::services, &Services::max_kept),
        key("services.max_kept_bytes", size(0, 64 * gib),
            "Bytes of their answers, beyond which the same happens.", &Config::services,
            &Services::max_kept_bytes),

        key("services.max_registered", number(1, 100'000),
            "Services that one connection works for.", services, desks, &Desks::max_registered),
        key("services.max_credit", number(1, 1'000'000),
            "Commands that one registered worker has at once; a worker says how many it wants.",
            services, desks, &Desks::max_credit),
        key("services.max_about_bytes", size(0, 1 * mib),
            "Bytes of what a worker says of itself, the names of its commands included.", services,
            desks, &Desks::max_about_bytes),
        key("services.max_listed", number(0, 1'000'000),
            "Workers that one reply to list or watch tells of; it counts the others.", services,
            desks, &Desks::max_listed),
        key("services.max_watches", number(1, 100'000), "Services that one connection watches.",
            services, desks, &Desks::max_watches),
        key("services.max_listens", number(1, 1'000'000),
            "Names and patterns of events that one connection listens to.", services, desks,
            &Desks::max_listens),
        key("services.max_event_name_bytes", number(1, 65536),
            "Bytes of an event's name, or of a pattern of names.", services, desks, event_names,
            &Names::max_bytes),
        key("services.max_event_segments", number(1, 64),
            "Segments of an event's name, or of a pattern of names.", services, desks, event_names,
            &Names::max_segments),
        key("services.max_event_backlog_bytes", size(4 * kib, 16 * gib),
            "Bytes of events on their way to one thread, beyond which events are refused with "
            "queue_full.",
            services, desks, &Desks::max_event_backlog_bytes),
        key("services.max_waiting", number(1, 10'000'000),
            "Frames of events, and changes of services, that wait for a client to read; those "
            "beyond are left out, and a gap says so.",
            session, pushes, &PushOptions::max_waiting),
        key("services.max_waiting_bytes", size(4 * kib, 1 * gib),
            "Bytes of those, beyond which the same happens.", session, pushes,
            &PushOptions::max_waiting_bytes),
        key("services.max_unread_command_bytes", size(4 * kib, 16 * gib),
            "Bytes of commands that a worker has not read, beyond which it is closed with 4001.",
            session, pushes, &PushOptions::max_unread_command_bytes),
        key("services.backend", name(),
            "The broker by which servers that name the same serve as one; none: each alone.",
            &Config::cluster, &Cluster::backend),
        key("services.topics", name(),
            "What the names of its topics and queues between them begin with.", &Config::cluster,
            &Cluster::topics),
        key("services.heartbeat", duration(10ms, 1h),
            "Time between two announcements to the other servers, which take one for gone after "
            "three, and give its jobs to others.",
            &Config::cluster, &Cluster::heartbeat),
        key("services.max_nodes", number(1, 10'000),
            "Other servers that are known; the workers of further ones are not used.",
            &Config::cluster, &Cluster::max_nodes),
        key("services.max_node_services", number(1, 10'000'000),
            "Services of those, each server's counted; the workers of further ones are not used.",
            &Config::cluster, &Cluster::max_services),
        key("services.max_unsettled_bytes", size(4 * kib, 16 * gib),
            "Bytes for other servers that the broker has not taken yet; beyond it jobs wait here, "
            "and events are refused with queue_full.",
            &Config::cluster, &Cluster::max_unsettled_bytes),
        key("services.max_questions", number(1, 10'000'000),
            "Requests for jobs of other servers that those have not answered; further ones are "
            "refused with limit_reached.",
            &Config::cluster, &Cluster::max_questions),
        key("services.max_record_bytes", size(4 * kib, 1 * gib),
            "Bytes of a job, an answer or an event on its way to another server, which the broker "
            "must take; a larger one fails with record_too_large.",
            &Config::cluster, &Cluster::max_record_bytes),
        key("services.max_told_workers", number(0, 100'000),
            "Workers of a service that other servers are told of by name; they are told how many "
            "there are.",
            &Config::cluster, &Cluster::max_told_workers),
        key("services.max_told_bytes", size(0, 1 * gib),
            "Bytes of what those say of themselves, beyond which the same happens.",
            &Config::cluster, &Cluster::max_told_bytes),

        key("producer.mq_limit", number(1, 10'000'000),
            "Sends of a connection that are gathered before they go to the broker.", session,
            producer, &ProducerOptions::batch, &Batch::limit),
        key("producer.mq_interval", duration_or_null(0ms, 1h),
            "Longest time a send is gathered; null: it goes to the broker at once.", session,
            producer, &ProducerOptions::batch, &Batch::interval),
        key("producer.max_unacknowledged", number(1, 100'000'000),
            "Sends of a connection without the broker's word, beyond which it is read no "
            "further.",
            session, producer, &ProducerOptions::max_unacknowledged),
        key("producer.max_buffered_bytes", size(4 * kib, 4 * gib),
            "Bytes of a connection's sends waiting for the broker, beyond which it is read no "
            "further.",
            session, producer, &ProducerOptions::max_buffered_bytes),
        key("producer.max_record_bytes", size(1, 1 * gib),
            "Bytes of one record: key, value and headers together.", session, producer,
            &ProducerOptions::max_record_bytes),
        key("producer.flush_timeout", duration(1ms, 1h),
            "Time for the broker to take what a closed connection has sent.", session, producer,
            &ProducerOptions::flush_timeout),

        key("consumer.group", text(), "The consumer group of a subscription that names none.",
            session, consumer, &ConsumerOptions::group),
        key("consumer.mq_limit", number(1, 10'000'000),
            "Notifications of a connection that are gathered before they go to its socket.",
            session, consumer, &ConsumerOptions::batch, &Batch::limit),
        key("consumer.mq_interval", duration_or_null(0ms, 1h),
            "Longest time a notification is gathered; null: it goes to the socket "
            "at once.",
            session, consumer, &ConsumerOptions::batch, &Batch::interval),
        key("consumer.max_frame_bytes", size(1 * kib, 1 * gib),
            "Bytes at which a frame of notifications is closed and sent.", session, consumer,
            &ConsumerOptions::max_frame_bytes),
        key("consumer.max_topics", number(1, 1'000'000), "Topics of one subscription.", session,
            consumer, &ConsumerOptions::max_topics),
        key("consumer.max_subscriptions", number(1, 1000),
            "Subscriptions of one connection, each with a name of its own.", session, consumer,
            &ConsumerOptions::max_subscriptions),
        key("consumer.max_keys", number(1, 10'000'000), "Keys that one subscription asks for.",
            session, consumer, &ConsumerOptions::max_keys),
        key("consumer.max_credit", number(1, 1'000'000'000),
            "Notifications that a subscription has pulled and not been sent.", session, consumer,
            &ConsumerOptions::max_credit),
        key("consumer.max_unacked", number(1, 100'000),
            "Notifications sent and not acknowledged, where the client acknowledges; beyond it "
            "none "
            "are sent. A client may ask for fewer.",
            session, consumer, &ConsumerOptions::max_unacked),
        key("consumer.max_conflated_bytes", size(4 * kib, 1 * gib),
            "Bytes that a subscription with \"slow\":\"conflate\" keeps for a slow client, beyond "
            "which it pauses.",
            session, consumer, &ConsumerOptions::max_conflated_bytes),
        key("consumer.slow_timeout", duration(1ms, 24h),
            "Time for a client to read, where a subscription with \"slow\":\"close\" waits for it; "
            "then it is closed with 4001.",
            session, consumer, &ConsumerOptions::slow_timeout),
        key("consumer.join_timeout", duration(1ms, 1h), "Time for a subscription to become live.",
            session, consumer, &ConsumerOptions::join_timeout),

        key("filter.max_bytes", size(256, 16 * mib), "Bytes of one filter.", session, consumer,
            &ConsumerOptions::filter, &Filter::Options::max_bytes),
        key("filter.max_conditions", number(1, 1'000'000), "Values that one filter compares with.",
            session, consumer, &ConsumerOptions::filter, &Filter::Options::max_conditions),
        key("filter.max_depth", number(0, 32), "Levels of any and not in one filter.", session,
            consumer, &ConsumerOptions::filter, &Filter::Options::max_depth),
        key("filter.max_regexes", number(0, 10'000), "Regular expressions of one filter.", session,
            consumer, &ConsumerOptions::filter, &Filter::Options::max_regexes),
        key("filter.max_regex_program", number(16, 1'000'000),
            "Instructions of RE2 that the regular expressions of one filter take together.",
            session, consumer, &ConsumerOptions::filter, &Filter::Options::regex,
            &Regex::Limits::max_program),
        key("filter.max_regex_bytes", size(512, 1 * gib),
            "Memory of one regular expression, with what RE2 caches for it.", session, consumer,
            &ConsumerOptions::filter, &Filter::Options::regex, &Regex::Limits::max_memory),
        key("filter.max_regex_steps", number(1, 1'000'000'000'000),
            "Bytes of a text by the instructions of a regular expression, beyond which it is not "
            "looked for: what one search takes at worst, some nanoseconds each.",
            session, consumer, &ConsumerOptions::filter, &Filter::Options::regex,
            &Regex::Limits::max_steps),

        key("fanout.ring_bytes", size(64 * kib, 64 * gib),
            "Bytes of a topic's recent records, and of the frames made of them, that broadcast "
            "subscriptions share.",
            &Config::fanout, &Fanout::ring_bytes),
        key("fanout.ring_records", number(1, 1'000'000'000),
            "A topic's recent records that broadcast subscriptions share.", &Config::fanout,
            &Fanout::ring_records),
        key("fanout.max_views", number(0, 1'000'000),
            "Different filters and forms of a topic's notifications, of subscriptions without "
            "keys, that are encoded once for all who have them; what is beyond is encoded for "
            "each broadcast subscription by itself.",
            &Config::fanout, &Fanout::max_views),
        key("fanout.max_topics", number(1, 1'000'000),
            "Topics that one broadcast subscription with patterns reads; one that matches more is "
            "refused, or ended once they appear.",
            &Config::fanout, &Fanout::max_topics),
        key("fanout.max_catch_ups", number(1, 100'000),
            "Broadcast subscriptions that read older records from the broker at once, divided "
            "among the threads, of which each has one at least; others wait for their turn.",
            &Config::fanout, &Fanout::max_catch_ups),
        key("fanout.max_snapshot_bytes", size(64 * kib, 64 * gib),
            "Bytes of one subscription's snapshot while it is gathered; a larger one is refused.",
            &Config::fanout, &Fanout::max_snapshot_bytes),
        key("fanout.max_held_snapshot_bytes", size(64 * kib, 64 * gib),
            "Bytes of all snapshots of a thread that clients have not read yet, beyond which one "
            "at most is gathered further and the others wait; those fail if no client reads.",
            &Config::fanout, &Fanout::max_held_snapshot_bytes),
        key("fanout.linger", duration(0ms, 24h),
            "Time that a topic is read on after its last broadcast subscription.", &Config::fanout,
            &Fanout::linger),
        key("fanout.look_interval", duration(10ms, 24h),
            "Time between two looks for new partitions, and for topics that fit a pattern.",
            &Config::fanout, &Fanout::look_interval),

        key("requests.max_messages", number(1, 10'000'000),
            "Messages in one frame of a client; the rest are refused.", session, requests,
            &RequestOptions::max_messages),
        key("requests.max_in_flight", number(1, 1'000'000),
            "Requests of a connection that wait for their reply, sends not counted.", session,
            requests, &RequestOptions::max_in_flight),
        key("requests.max_topics", number(1, 1'000'000), "Topics created by one request.", session,
            requests, &RequestOptions::max_topics),
        key("requests.timeout", duration(1ms, 1h), "Time for the broker to answer a request.",
            session, requests, &RequestOptions::timeout),

        key("kafka.name", name(), "How clients and /health call the Kafka broker.", &Config::kafka,
            &Kafka::name),
        key("kafka.max_dedicated_producers", number(0, 100'000),
            "Connections with a Kafka producer of their own; beyond it they share one for each "
            "thread.",
            &Config::kafka, &Kafka::max_dedicated_producers),
        key("kafka.max_group_members", number(0, 100'000),
            "Subscribed connections at once, each a member of its Kafka consumer group; beyond "
            "it subscribe is refused.",
            &Config::kafka, &Kafka::max_group_members),
        key("kafka.max_readers", number(0, 100'000),
            "Kafka consumers without a group, which read for all subscriptions in broadcast mode; "
            "beyond it what needs another waits. One is for all that is new, so let it be more "
            "than fanout.max_catch_ups, and than websocket.threads.",
            &Config::kafka, &Kafka::max_readers),
        key("kafka.max_topics_per_producer", number(1, 1'000'000),
            "Topics that one Kafka producer keeps open.", &Config::kafka,
            &Kafka::max_topics_per_producer),
        key("kafka.max_topics_per_member", number(1, 1'000'000),
            "Topics that a member of a group with patterns reads; one that matches more is "
            "refused, or ended once they appear.",
            &Config::kafka, &Kafka::max_topics_per_member),
        key("kafka.probe_interval", duration(100ms, 1h),
            "Time between two questions whether Kafka is there.", &Config::kafka,
            &Kafka::probe_interval),

        key("amqp.auto_create", flag(),
            "Whether a send or a subscription creates its topic at AMQP brokers.", &Config::amqp,
            &Amqp::auto_create),
        key("amqp.prefetch", number(1, 65535),
            "Messages that an AMQP consumer has been given and not acknowledged.", &Config::amqp,
            &Amqp::prefetch),
        key("amqp.max_prefetch_bytes", size(4 * kib, 4 * gib),
            "About the bytes of messages that an AMQP consumer holds; beyond them it waits for its "
            "client.",
            &Config::amqp, &Amqp::max_prefetch_bytes),
        key("amqp.max_consumers", number(0, 1'000'000),
            "Consumers at an AMQP broker; beyond it subscribe is refused.", &Config::amqp,
            &Amqp::max_consumers),
        key("amqp.max_unconfirmed", number(1, 10'000'000),
            "Messages of one producer that an AMQP broker has not confirmed, beyond which its "
            "connection is read no further.",
            &Config::amqp, &Amqp::max_unconfirmed),
        key("amqp.max_unconfirmed_bytes", size(4 * kib, 4 * gib),
            "Bytes of those, beyond which the same happens.", &Config::amqp,
            &Amqp::max_unconfirmed_bytes),
        key("amqp.max_total_bytes", size(64 * kib, 64 * gib),
            "Bytes that an AMQP broker has not confirmed, of all producers.", &Config::amqp,
            &Amqp::max_total_bytes),
        key("amqp.max_record_bytes", size(1, 1 * gib),
            "Bytes of one message for an AMQP broker: key, value and headers together.",
            &Config::amqp, &Amqp::max_record_bytes),
        key("amqp.delivery_timeout", duration(10ms, 24h),
            "Time for an AMQP broker to confirm a message; then it is delivery_failed.",
            &Config::amqp, &Amqp::delivery_timeout),
        key("amqp.heartbeat", duration(1s, 1h),
            "A silent AMQP broker is lost after two of these; whole seconds.", &Config::amqp,
            &Amqp::heartbeat),
        key("amqp.connect_timeout", duration(10ms, 1h),
            "Time for a connection to an AMQP broker, TLS included.", &Config::amqp,
            &Amqp::connect_timeout),
        key("amqp.min_backoff", duration(1ms, 1h),
            "Time before an AMQP broker that was lost is tried again; it doubles each time.",
            &Config::amqp, &Amqp::min_backoff),
        key("amqp.max_backoff", duration(1ms, 1h), "The longest that becomes.", &Config::amqp,
            &Amqp::max_backoff),

        key("memory.max_bytes", size(64 * kib, 1024 * gib),
            "Bytes of all records in the embedded broker; beyond it the oldest of their partition "
            "go.",
            &Config::memory, &Memory::max_bytes),
        key("memory.max_topics", number(1, 1'000'000), "Topics in the embedded broker.",
            &Config::memory, &Memory::max_topics),
        key("memory.partitions", number(1, 10'000),
            "Partitions of a topic that is created without a number of them.", &Config::memory,
            &Memory::partitions),
        key("memory.max_partitions", number(1, 10'000), "Partitions of one topic.", &Config::memory,
            &Memory::max_partitions),
        key("memory.auto_create", flag(), "Whether a send or a subscription creates its topic.",
            &Config::memory, &Memory::auto_create),
        key("memory.max_record_bytes", size(1, 1 * gib),
            "Bytes of one record in the embedded broker: key, value and headers together.",
            &Config::memory, &Memory::max_record_bytes),
        key("memory.max_queue_bytes", size(4 * kib, 4 * gib),
            "Bytes of one producer on their way into the embedded broker, beyond which its "
            "connection is read no further.",
            &Config::memory, &Memory::max_queue_bytes),
        key("memory.max_positions", number(1, 1'000'000'000),
            "Positions that groups have committed in the embedded broker; beyond it groups without "
            "members go.",
            &Config::memory, &Memory::max_positions),

        key("log.level",
            choice<LogLevel>({{"trace", LogLevel::trace},
                              {"debug", LogLevel::debug},
                              {"info", LogLevel::info},
                              {"warn", LogLevel::warn},
                              {"error", LogLevel::error},
                              {"off", LogLevel::off}}),
            "What is logged, on stderr: this and what is graver.", &Config::log,
            &LogOptions::level),
        key("log.format", choice<LogFormat>({{"text", LogFormat::text}, {"json", LogFormat::json}}),
            "How a line of the log is written.", &Config::log, &LogOptions::format),

        key("shutdown.timeout", duration(0ms, 1h),
            "Time from SIGTERM for clients and brokers to be served to the end.", &Config::shutdown,
            &ShutdownOptions::timeout),
    };
}

}  // namespace

const std::vector<Key>& keys() {
    static const std::vector<Key> table = make_keys();
    return table;
}

const Key* find_key(std::string_view name) {
    const auto found = std::ranges::find(keys(), name, &Key::name);
    return found == keys().end() ? nullptr : &*found;
}

std::string variable_of(std::string_view key) {
    std::string variable = "KAFKA_WS_";
    for (const char c : key) {
        variable += c == '.' || c == '-' ? '_' : (c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c);
    }
    return variable;
}

std::string property_of(std::string_view part) {
    std::string property(part);
    std::ranges::transform(property, property.begin(),
                           [](char c) { return c == '_' ? '.' : ascii_lower(c); });
    return property;
}

}  // namespace gateway::config

#include "services/held_jobs.hpp"

namespace gateway::services {

void HeldJobs::add(const Uuid& job, WorkerId worker) {
    Held& held = jobs_[job];
    if (held.is_recalled) {
        --recalled_;
        std::erase(order_, job);
    }
    held = {worker, false};
}

void HeldJobs::recall(const Uuid& job, std::size_t credit) {
    const auto held = jobs_.find(job);
    if (held == jobs_.end() || held->second.is_recalled) return;
    held->second.is_recalled = true;
    ++recalled_;
    order_.push_back(job);
    while (order_.size() > credit) {
        const Uuid oldest = order_.front();
        order_.pop_front();
        const auto found = jobs_.find(oldest);
        if (found == jobs_.end() || !found->second.is_recalled) continue;
        jobs_.erase(found);
        --recalled_;
    }
}

WorkerId HeldJobs::take(const Uuid& job) {
    const auto held = jobs_.find(job);
    if (held == jobs_.end()) return WorkerId::none;
    const auto [worker, is_recalled] = held->second;
    if (is_recalled) --recalled_;
    jobs_.erase(held);
    return worker;
}

WorkerId HeldJobs::find(const Uuid& job) const {
    const auto held = jobs_.find(job);
    return held == jobs_.end() ? WorkerId::none : held->second.worker;
}

bool HeldJobs::has(const Uuid& job) const {
    const auto held = jobs_.find(job);
    return held != jobs_.end() && !held->second.is_recalled;
}

void HeldJobs::remove(WorkerId worker) {
    std::erase_if(jobs_, [&](const auto& entry) {
        const Held& held = entry.second;
        if (held.worker != worker) return false;
        if (held.is_recalled) --recalled_;
        return true;
    });
}

}  // namespace gateway::services

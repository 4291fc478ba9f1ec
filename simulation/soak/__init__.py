"""The search for broken invariants: a hundred actors at random over all four services, with faults everywhere.

A course is a list of steps that derive from a seed. A step is one action of an actor (a request over HTTP or a frame of a
socket) or one movement of the surroundings: a batch of a stream, messages of a queue, a webhook, a schedule, time. It has a
seed of its own, and chooses its actor, target and values by it among what exists at that moment. So a course stays valid
without some of its steps, and a course that broke an invariant is shrunk by leaving out steps and replaying the rest.

At quiet points nothing is left in streams, queues and at the provider; then each invariant of `invariants` is judged. One
process runs one course. Two requests of users interleave where one step runs inside another, before one of its table calls.
Two functions never run at the same moment: that is what the races test.

The course depends on the seed alone: ids, secrets, clocks and randomness derive from it. The order of sets of texts does too
if PYTHONHASHSEED is 0, which `make soak` sets.
"""

"""The two models of the benchmark in SimPy, with a process for each request: simpy_models.py MODEL EVENTS.

Prints one line of JSON with the events and the processor seconds. An event is counted as everywhere in the benchmark: two for each
customer of the queue, nine for each request through the tiers.
"""

import json
import random
import sys
import time

import simpy


def queue(env, customers):
    """M/M/1 at load 0.9 with a mean service time of 1."""
    server = simpy.Resource(env, capacity=1)

    def customer():
        with server.request() as turn:
            yield turn
            yield env.timeout(random.expovariate(1.0))

    for _ in range(customers):
        yield env.timeout(random.expovariate(0.9))
        env.process(customer())


def tiers(env, requests):
    """Clients, a balancer, four services of 16 workers, a database of 32 connections; hops of 0.5 ms; 70% load."""
    services = [simpy.Resource(env, capacity=16) for _ in range(4)]
    database = simpy.Resource(env, capacity=32)
    hop = 0.0005

    def request(number):
        yield env.timeout(hop)
        yield env.timeout(hop)
        with services[number % 4].request() as turn:
            yield turn
            yield env.timeout(random.expovariate(1 / 0.010))
        yield env.timeout(hop)
        with database.request() as turn:
            yield turn
            yield env.timeout(random.expovariate(1 / 0.005))
        for _ in range(3):
            yield env.timeout(hop)

    for number in range(requests):
        yield env.timeout(random.expovariate(4480))
        env.process(request(number))


def main():
    model, events = sys.argv[1], int(sys.argv[2])
    random.seed(1)
    make, each = {"queue": (queue, 2), "tiers": (tiers, 9)}[model]
    count = events // each
    env = simpy.Environment()
    env.process(make(env, count))
    before = time.process_time()
    env.run()
    print(json.dumps({"events": count * each, "seconds": time.process_time() - before}))


main()

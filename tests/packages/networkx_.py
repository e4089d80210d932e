"""Graphs: paths, centrality, communities, drawing as text."""

import networkx as nx

g = nx.Graph()
g.add_weighted_edges_from([("a", "b", 4), ("a", "c", 2), ("c", "b", 1), ("b", "d", 5), ("c", "d", 8), ("d", "e", 3)])
print(nx.shortest_path(g, "a", "e", weight="weight"), nx.shortest_path_length(g, "a", "e", weight="weight"), nx.diameter(g))
print(sorted(nx.minimum_spanning_edges(g, data=False)), nx.is_connected(g), sorted(nx.articulation_points(g)))
print({k: round(v, 4) for k, v in nx.betweenness_centrality(g).items()})
d = nx.DiGraph([(1, 2), (1, 3), (2, 4), (3, 4), (4, 5)])
print(list(nx.topological_sort(d)), list(nx.all_simple_paths(d, 1, 5)), nx.is_directed_acyclic_graph(d), nx.dag_longest_path(d))
karate = nx.karate_club_graph()
print(karate, nx.transitivity(karate), nx.density(karate), [len(c) for c in nx.community.greedy_modularity_communities(karate)])
print(sorted(nx.core_number(karate).values())[-5:], nx.average_shortest_path_length(karate))
flow = nx.DiGraph()
for u, v, capacity in [("s", "a", 3), ("s", "b", 2), ("a", "t", 2), ("b", "t", 3), ("a", "b", 1)]:
    flow.add_edge(u, v, capacity=capacity)
print(nx.maximum_flow(flow, "s", "t"), nx.minimum_cut(flow, "s", "t")[0])
print(nx.random_labeled_tree(8, seed=3).edges, nx.gnp_random_graph(8, 0.3, seed=7).edges, list(nx.bfs_edges(nx.grid_2d_graph(3, 3), (0, 0))))
nx.write_network_text(d)
print("\n".join(nx.generate_graphml(d)), nx.is_isomorphic(nx.cycle_graph(4), nx.grid_2d_graph(2, 2)), nx.greedy_color(nx.petersen_graph()))
print(list(nx.strongly_connected_components(nx.DiGraph([(1, 2), (2, 1), (2, 3)]))), nx.to_dict_of_lists(nx.complete_graph(3)))

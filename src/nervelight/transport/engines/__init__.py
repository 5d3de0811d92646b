"""Light in three dimensions, by the field's own engines: optional, and only called from here.

==============  ==============================================================  =================================
module          what                                                            engine (extra)
==============  ==============================================================  =================================
``scene``       media, sources, fluence rate in cells                           none
``loading``     finding an engine on this machine, running it in repeats        all
``mesh``        tetrahedral meshes                                              pmmc (``nervelight[mesh]``)
``voxels``      labelled volumes                                                pmcxcl (``nervelight[voxels]``),
                                                                                pmcx (``nervelight[cuda]``)
==============  ==============================================================  =================================

A plan does not use them: its layers are plane. They tell what plane layers are worth where the body is not plane.
Whoever calls names the engine; none stands in for another. Every result is per watt of radiant power in the air,
so that the loss at the surface is in it, and carries a standard error from independent repeats.
"""

from nervelight.transport.engines.mesh import TetrahedralMesh, extruded_mesh, layered_cylinder_mesh, simulate_mesh
from nervelight.transport.engines.scene import AIR, LEAST_MU_A, DiscSource, FluenceMap, Medium, superpose
from nervelight.transport.engines.voxels import VoxelEngine, VoxelVolume, layered_cylinder_voxels, simulate_voxels

__all__ = [
    "AIR",
    "LEAST_MU_A",
    "DiscSource",
    "FluenceMap",
    "Medium",
    "TetrahedralMesh",
    "VoxelEngine",
    "VoxelVolume",
    "extruded_mesh",
    "layered_cylinder_mesh",
    "layered_cylinder_voxels",
    "simulate_mesh",
    "simulate_voxels",
    "superpose",
]

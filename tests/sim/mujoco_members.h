/* What becomes of each array of mjModel and each member of mjOption that kernels/model.def does not import by name.
 * test_model_arrays.c walks MuJoCo's own lists: one that stands neither there nor here fails, so that a new version's
 * features are judged before they are read. A name that ends with * stands for all that begin so. */
#ifndef TESTS_MUJOCO_MEMBERS_H
#define TESTS_MUJOCO_MEMBERS_H

typedef struct mujoco_members {
  const char *why, *names; /* names: separated by spaces */
} mujoco_members;

static const mujoco_members judged_arrays[] = {
    {"refused by supported.c where it is not at its default",
     "body_plugin jnt_springyield geom_adhesion pair_adhesion tendon_springyield actuator_ctrlnum "
     "actuator_outnum actuator_plugin"},
    {"belongs to a feature that is refused", "flex* efm0_* efmC_perm plugin* jnt_plasticadr jnt_actuatorid geom_plugin "
                                             "tendon_plasticadr tendon_actuatorid key_plastic"},
    {"read by pairs.c",
     "geom_contype geom_conaffinity geom_condim geom_priority geom_solmix geom_solref geom_solimp geom_margin geom_gap "
     "pair_dim pair_geom1 pair_geom2 pair_solref pair_solreffriction pair_solimp pair_margin pair_gap pair_friction "
     "exclude_signature"},
    {"read by import.c and import_equality.c, or by MuJoCo's functions for names",
     "actuator_delay actuator_history actuator_trnid actuator_group actuator_damping actuator_dampingpoly "
     "actuator_armature actuator_acc0 "
     "actuator_lengthrange "
     "wrap_objid wrap_prm eq_type eq_objtype eq_active0 eq_obj1id eq_obj2id geom_fluid name_* names names_map"},
    {"follows from other arrays",
     "body_treeid body_geomnum body_geomadr body_sameframe body_subtreemass body_margin body_contype "
     "body_conaffinity body_bvhadr body_bvhnum bvh_* oct_* dof_treeid dof_Madr dof_simplenum dof_M0 dof_length "
     "tree_bodyadr tree_bodynum tree_dofadr tree_dofnum geom_aabb geom_sameframe site_sameframe pair_signature "
     "tendon_type tendon_treenum tendon_treeid ten_J_* actuator_ctrladr actuator_outadr actuator_historyadr "
     "actuator_length0 B_* M_* D_* mapM2M mapM2D mapD2M mesh_bvhadr mesh_bvhnum mesh_octadr "
     "mesh_octnum mesh_extrema mesh_poly* sensor_needstage"},
    {"read by mesh_hull.c", "mesh_graphadr mesh_graph"},
    {"computed anew for each world by derive()", "body_invweight0 dof_invweight0 tendon_invweight0"},
    {"judged by supported.c", "tree_sleep_policy"},
    {"read by sensors.c",
     "sensor_objtype sensor_objid sensor_reftype sensor_refid sensor_datatype sensor_history sensor_intprm"},
    {"moves nothing: of sensors that are not recorded, or their noise, which belongs to the language",
     "sensor_noise sensor_historyadr sensor_delay sensor_interval sensor_plugin"},
    {"moves nothing: the user's own data", "*_user numeric_* text_* tuple_* key_time"},
    {"looks, read by appearance*.c",
     "geom_dataid geom_matid geom_group geom_rgba site_type site_matid site_group site_size "
     "site_rgba cam_mode cam_bodyid cam_targetbodyid cam_pos cam_quat cam_poscom0 cam_pos0 cam_mat0 "
     "cam_projection cam_fovy cam_resolution cam_sensorsize cam_intrinsic light_mode light_bodyid light_targetbodyid "
     "light_type light_castshadow light_bulbradius light_active light_pos light_dir light_poscom0 light_pos0 "
     "light_dir0 light_attenuation light_cutoff light_ambient light_diffuse "
     "mesh_vertadr mesh_vertnum mesh_faceadr mesh_facenum mesh_normaladr mesh_normalnum mesh_texcoordadr "
     "mesh_texcoordnum mesh_vert mesh_normal mesh_texcoord mesh_face mesh_facenormal mesh_facetexcoord "
     "tex_type tex_height tex_width tex_nchannel tex_adr tex_data "
     "mat_texid mat_texuniform mat_texrepeat mat_emission mat_specular mat_shininess mat_metallic mat_roughness "
     "mat_rgba"},
    {"looks that are not drawn", "geom_castshadow site_dataid cam_ipd light_texid light_exponent light_specular "
                                 "light_intensity light_range light_softness mat_reflectance "
                                 "tex_colorspace tendon_matid tendon_group tendon_width tendon_rgba jnt_group skin_*"},
    {"says what a camera is for, or where an asset came from",
     "cam_output mesh_scale mesh_pos mesh_quat mesh_pathadr hfield_pathadr tex_pathadr tex_contenttypeadr paths"},
};

static const mujoco_members judged_options[] = {
    {"read by sim/mujoco/options.c, by kernels/option.def",
     "timestep gravity density viscosity wind impratio tolerance iterations ls_iterations integrator cone solver "
     "noslip_iterations noslip_tolerance disableflags"},
    {"read by pairs.c where the flag override is enabled", "o_margin o_solref o_solimp o_friction"},
    {"judged by supported.c", "enableflags"},
    {"read by import.c", "disableactuator"},
    {"acts only with a feature that is refused", "sleep_tolerance ccd_tolerance ccd_iterations "
                                                 "sdf_initpoints sdf_iterations"},
    {"changes how MuJoCo computes, not what: named by supported.def", "jacobian ls_tolerance"},
    {"moves nothing: read by sensors.c", "magnetic"},
};

#endif
